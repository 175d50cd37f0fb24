"""Bounds for the process that decodes a film: a hostile one may cost that much and no more."""

from __future__ import annotations

import os
import resource
import threading
import time
from contextlib import suppress

from webapp.config import Settings
from webapp.cores import available_cores

_RESULT_BYTES_MIN = 256_000_000
_NICE = 5
_PARENT_POLL_S = 0.2


def limit_this_process(settings: Settings) -> None:
    """Bound memory, processor time and file size of this process, for good.

    Args:
        settings: `video_memory_bytes`, `video_deadline_s` and `video_max_bytes` count.
    """
    bound(resource.RLIMIT_CORE, 0)
    bound(resource.RLIMIT_CPU, int(settings.video_deadline_s * available_cores()) + 1)
    bound(resource.RLIMIT_FSIZE, max(2 * settings.video_max_bytes, _RESULT_BYTES_MIN))
    bound(resource.RLIMIT_AS, settings.video_memory_bytes)
    # The live view goes first: people look at it, and wait for a film anyway.
    os.nice(_NICE)


def end_with_parent(parent_pid: int) -> None:
    """End this process, whatever it does, as soon as its parent is gone: nobody would read its result."""
    threading.Thread(target=_watch, args=(parent_pid,), daemon=True).start()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_PARENT_POLL_S)
    os._exit(1)


def bound(kind: int, value: int) -> None:
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
