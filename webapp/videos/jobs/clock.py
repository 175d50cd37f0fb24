"""Notice that the system's clock was set: times in the job table are Unix times, and have to move along."""

from __future__ import annotations

import time

_STEP_MIN_S = 1.0
_READING_S = 0.1


class SystemClock:
    """Compares the system's clock with one that cannot be set and that goes on while the machine sleeps."""

    def __init__(self) -> None:
        self._offset_s = _offset_s()

    def step_s(self) -> float:
        """Return by how many seconds the clock was set since the last call; 0 where it was not.

        Small differences are drift, which the network's time corrects all the time.
        """
        offset_s = _offset_s()
        step_s, self._offset_s = offset_s - self._offset_s, offset_s
        return step_s if abs(step_s) > _STEP_MIN_S else 0.0


def _offset_s() -> float:
    while True:
        before = _steady_s()
        unix_s = time.time()
        # A process that was halted between the two readings would see a step.
        if _steady_s() - before < _READING_S:
            return unix_s - before


def _steady_s() -> float:
    # CLOCK_MONOTONIC of Linux stands still during sleep; that of macOS does not.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
