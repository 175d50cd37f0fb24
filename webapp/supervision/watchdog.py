"""The watchdog of live inference: a call that takes far too long has hung, and nothing else would notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POLL_S = 0.5


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

    def oldest_start_s(self) -> float | None:
        """Return when the oldest call began, by `time.monotonic`; None without one."""
        return min(list(self._started_at.values()), default=None)  # a copy in one step: other threads make calls

    def oldest_s(self) -> float:
        """Return for how many seconds the oldest call has run; 0 without one."""
        start_s = self.oldest_start_s()
        return 0.0 if start_s is None else time.monotonic() - start_s


def watch(calls: Calls, deadline_s: float, beat: Callable[[], object], sleep: Callable[[float], None]) -> None:
    """Return once a call has hung.

    Its age is counted in this loop's own turns: where the whole process stood still (Ctrl-Z, a frozen container) or is
    so busy that this loop is late, calls are late for the same reason.

    Args:
        calls: to watch.
        deadline_s: a call that takes longer has hung.
        beat: called twice a second while this loop runs.
        sleep: of the server's threads, green or native.
    """
    turns = 0
    before_s: float | None = None
    while turns * POLL_S <= deadline_s:
        sleep(POLL_S)
        beat()
        start_s = calls.oldest_start_s()
        turns = turns + 1 if start_s is not None and start_s == before_s else 0
        before_s = start_s
