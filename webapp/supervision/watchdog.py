"""The watchdog of live inference: a call that takes far too long has hung, and nothing else would notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POLL_S = 0.5
_CHECKS = 2
"""Checks in a row: after a pause of the whole process (Ctrl-Z, a frozen container), calls seem old at the first one."""


class Calls:
    """The calls under way, by their start."""

    def __init__(self) -> None:
        self._started_at: dict[object, float] = {}

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count the block as a call."""
        call = object()
        self._started_at[call] = time.monotonic()
        try:
            yield
        finally:
            del self._started_at[call]

    def oldest_s(self) -> float:
        """Return for how many seconds the oldest call has run; 0 without one."""
        started_at = list(self._started_at.values())  # a copy in one step: calls come and go in other threads
        return time.monotonic() - min(started_at) if started_at else 0.0


def watch(calls: Calls, deadline_s: float, beat: Callable[[], object], sleep: Callable[[float], None]) -> None:
    """Return once a call has hung.

    Args:
        calls: to watch.
        deadline_s: a call that takes longer has hung.
        beat: called twice a second while this loop runs.
        sleep: of the server's threads, green or native.
    """
    overdue = 0
    while overdue < _CHECKS:
        sleep(POLL_S)
        beat()
        overdue = overdue + 1 if calls.oldest_s() > deadline_s else 0
