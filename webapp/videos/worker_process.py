"""A worker as a process: the web process starts it as this module, others as `python -m webapp worker`."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from webapp.config import BadDeployment, Settings, process_settings
from webapp.logs.configuration import configure_logging
from webapp.videos.engine import open_queue, take_hints
from webapp.videos.jobs.dispatch.hints import check_hints
from webapp.videos.jobs.worker import Worker


def run_worker(settings: Settings, heart: socket.socket | None = None, parent_pid: int | None = None) -> int:
    """Run a worker until SIGTERM or SIGINT, and return the exit status.

    Args:
        settings: of the worker.
        heart: see `Worker`.
        parent_pid: see `Worker`.
    """
    os.umask(0o077)
    configure_logging(settings, "worker")
    try:
        check_hints(settings)
        worker = Worker(settings, open_queue(settings), parent_pid, heart)
        if settings.redis_url:
            return take_hints(settings, worker)
    except BadDeployment as error:
        print(f"The worker cannot start: {error}", file=sys.stderr)
        return 1
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: worker.stop())
    worker.run()
    return 0


def main() -> int:
    """Run the worker of a web process, with the settings of the environment."""
    parser = argparse.ArgumentParser(
        prog="python -m webapp.videos.worker_process", description="annotate uploaded videos"
    )
    parser.add_argument("--parent", type=int, default=None, help="stop when this process is no longer the parent")
    parser.add_argument("--heart", type=int, default=None, help="descriptor of a socket for heartbeats")
    args = parser.parse_args()
    heart = None if args.heart is None else socket.socket(fileno=args.heart)
    return run_worker(process_settings(), heart, args.parent)


if __name__ == "__main__":
    sys.exit(main())
