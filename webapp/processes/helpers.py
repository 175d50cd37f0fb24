"""Helper processes: their environment, their resource limits, their end, and the cores that there are."""

from __future__ import annotations

import ctypes
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

_SECRETS = ("secret_key", "metrics_token", "studio_token", "door_counts_key", "database_url", "redis_url")
_OF_WORKERS = {"database_url": ("PG", "SSL_CERT_"), "redis_url": ("SSL_CERT_",), "s3_bucket": ("AWS_", "SSL_CERT_")}
"""Settings by which a worker finds jobs and videos, and beginnings of the variables that their libraries read."""
_BOUNDED_THREADS = {
    # Every arena and every thread's stack counts against the address space of a decoder.
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_PASSED_ON = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV")
_PREFIXES_PASSED_ON = ("LC_", "PYTHON")
_PARENT_POLL_S = 0.2
_NICE = 5
"""A third of the live view's weight where both want the processor."""


def available_cores() -> int:
    """Return how many cores this process may use, which in a container may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_environ(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment in which `config.process_settings()` gives these settings, less the secret ones.

    Platforms keep passwords and keys in the environment. The processes read what strangers send, so they get what
    Python and the system's libraries need, and no more.

    Args:
        settings: to pass on.
        environ: of this process.
    """
    values = {
        name: text for name, text in environ.items() if name in _PASSED_ON or name.startswith(_PREFIXES_PASSED_ON)
    }
    values |= _BOUNDED_THREADS
    for setting in fields(Settings):
        text = str(getattr(settings, setting.name))
        if text and setting.name not in _SECRETS:
            values[variable_name(setting.name)] = text
    root = str(Path(webapp.__file__).resolve().parent.parent)
    values["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH", "")]))
    return values


def worker_environ(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a worker that the web process starts: `process_environ`, and where jobs and videos are.

    The worker reads nothing that strangers send; its children do, and get `process_environ`.

    Args:
        settings: to pass on.
        environ: of this process.
    """
    values = process_environ(settings, environ)
    for setting, prefixes in _OF_WORKERS.items():
        if text := getattr(settings, setting):
            values |= {name: value for name, value in environ.items() if name.startswith(prefixes)}
            values[variable_name(setting)] = text
    return values


def release_free_memory() -> None:
    """Give memory that the C library holds in reserve back to the system (glibc; elsewhere nothing happens)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


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


def yield_to_live_view() -> None:
    """Lower the priority of this process for good: a delay of the live view is the most visible one.

    Linux compares priorities within one session alone (autogroup), so such a process must not begin a new one.
    """
    os.nice(_NICE)


def end_with_parent(parent_pid: int) -> None:
    """End this process at any point of its work as soon as its parent is gone: nobody would read its result."""
    threading.Thread(target=_watch, args=(parent_pid,), daemon=True).start()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_PARENT_POLL_S)
    os._exit(1)
