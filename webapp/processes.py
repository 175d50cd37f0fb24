"""Helper processes: their environment, their resource limits, their end, and the cores that there are."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import webapp
from webapp.config import Settings, variable_name

_SECRETS = ("secret_key",)
_BOUNDED_THREADS = {
    # Every arena and every thread's stack counts against the address space of a decoder.
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_PARENT_POLL_S = 0.2


def available_cores() -> int:
    """Return how many cores this process may use, which in a container may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_environ(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment in which `config.process_settings()` gives these settings, less the secret ones.

    Args:
        settings: to pass on.
        environ: everything else.
    """
    values = dict(environ) | _BOUNDED_THREADS
    for setting in fields(Settings):
        values.pop(variable_name(setting.name), None)
        text = str(getattr(settings, setting.name))
        if text and setting.name not in _SECRETS:
            values[variable_name(setting.name)] = text
    root = str(Path(webapp.__file__).resolve().parent.parent)
    values["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH", "")]))
    return values


def lower_limit(kind: int, value: int) -> None:
    """Lower one of this process's resource limits, never raise it.

    Args:
        kind: `resource.RLIMIT_…`.
        value: in the unit of that limit.
    """
    given = [limit for limit in resource.getrlimit(kind) if limit != resource.RLIM_INFINITY]
    lowest = min(value, *given) if given else value  # never more than was given
    # macOS refuses some of these; the deadline of the parent still holds there.
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (lowest, lowest))


def end_with_parent(parent_pid: int) -> None:
    """End this process at any point of its work as soon as its parent is gone: nobody would read its result."""
    threading.Thread(target=_watch, args=(parent_pid,), daemon=True).start()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_PARENT_POLL_S)
    os._exit(1)
