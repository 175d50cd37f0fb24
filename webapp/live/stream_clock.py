"""The time of one live stream, from the time stamps of the client and the arrival of its frames."""

from __future__ import annotations

_DIFFERENCE_MAX_S = 1.0
"""Largest difference between the steps of the two clocks: networks delay frames, but not for minutes."""


class StreamClock:
    """The clock of one stream; an instance belongs to one connection.

    The client's clock measures the time between two frames best, since networks delay them unevenly. Each step of it
    is checked: where it stands still, jumps or is set, the time between arrivals counts.
    """

    def __init__(self) -> None:
        self._captured_ms = 0.0
        self._arrived_s = 0.0
        self._time_s = 0.0

    def advance(self, captured_ms: float, arrived_s: float) -> float:
        """Return the time of a frame, seconds of the stream; call it once for each processed frame.

        Args:
            captured_ms: by the client's clock, any finite number.
            arrived_s: by a clock of this process that never runs backwards.
        """
        captured_step_s = (captured_ms - self._captured_ms) / 1000
        arrived_step_s = arrived_s - self._arrived_s
        sane = captured_step_s > 0 and abs(captured_step_s - arrived_step_s) <= _DIFFERENCE_MAX_S
        self._time_s += captured_step_s if sane else max(arrived_step_s, 0.0)
        self._captured_ms, self._arrived_s = captured_ms, arrived_s
        return self._time_s
