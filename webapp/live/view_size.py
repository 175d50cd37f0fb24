"""The size at which live frames are inferred: smaller while many connections wait for their turn."""

from __future__ import annotations

import threading
from collections.abc import Sequence

WINDOW_S = 2.0
"""Time over which the queue is averaged."""

CROWDED = 2.0
"""Connections that wait for each pipeline, on average, from which on the size goes down."""

CALM, BUSY_MAX = 0.5, 0.5
"""Connections that wait for each pipeline, and fraction of the time that pipelines work, below which it may go up."""

CALM_WINDOWS = 5
"""So many windows in a row must be calm: sizes must not alternate."""


class ViewSize:
    """Decides the longer side of the largest view from what the threads that serve the queue see.

    Args:
        sizes_px: largest first; a single one never changes.
        pipelines: how many serve the queue.
        now_s: by a clock that never runs backwards.
    """

    def __init__(self, sizes_px: Sequence[int], pipelines: int, now_s: float) -> None:
        self._sizes_px = tuple(sizes_px)
        self._pipelines = pipelines
        self._lock = threading.Lock()
        self._level = 0
        self._calm_windows = 0
        self._begin(now_s)

    @property
    def side_px(self) -> int:
        """The longer side, pixels."""
        return self._sizes_px[self._level]

    def served(self, waiting: int, worked_s: float, now_s: float) -> bool:
        """Take note of a frame that was served, and return whether the size has changed.

        Args:
            waiting: connections in line as it was taken.
            worked_s: time that its pipeline worked on it.
            now_s: see above.
        """
        with self._lock:
            self._frames += 1
            self._waiting += waiting
            self._worked_s += worked_s
            if now_s - self._began_s < WINDOW_S:
                return False
            crowd = self._waiting / self._frames / self._pipelines
            busy = self._worked_s / (now_s - self._began_s) / self._pipelines
            before = self._level
            self._calm_windows = self._calm_windows + 1 if crowd < CALM and busy < BUSY_MAX else 0
            if crowd > CROWDED:
                self._level = min(self._level + 1, len(self._sizes_px) - 1)
            elif self._calm_windows >= CALM_WINDOWS:
                self._level, self._calm_windows = max(self._level - 1, 0), 0
            self._begin(now_s)
            return self._level != before

    def _begin(self, now_s: float) -> None:
        self._began_s = now_s
        self._frames = self._waiting = 0
        self._worked_s = 0.0
