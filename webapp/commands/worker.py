"""`python -m webapp worker`: annotate the videos that web processes queue, on this machine or another."""

from __future__ import annotations

import argparse
import os
from functools import partial

from webapp.config import Settings
from webapp.logs.json_stderr import redirect_stderr
from webapp.supervision.restarts import keep_running
from webapp.videos.worker_process import run_worker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none but the settings."""


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Work until SIGTERM or Ctrl-C; a worker that crashes or hangs is started again."""
    if not settings.restarts:
        return run_worker(settings)
    if settings.log_format == "json":
        redirect_stderr("parent")
    # A worker whose parent was killed would work on, beside the one that is started in its place.
    return keep_running(partial(run_worker, settings, parent_pid=os.getpid()), settings.restarts, "worker")
