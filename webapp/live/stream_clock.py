"""The time of one live stream, from what the client says and from when its frames arrive."""

from __future__ import annotations

_APART_MAX_S = 1.0
"""Steps of the two clocks may differ by so much: frames wait in networks, but not for minutes."""


class StreamClock:
    """Tells the seconds of one stream; an instance belongs to one connection.

    The client's clock tells best how much time lies between two frames, since networks delay them unevenly. It is
    believed step by step: a clock that stands still, jumps or is set anew costs nothing, for then the arrival counts.
    """

    def __init__(self) -> None:
        self._captured_ms = 0.0
        self._arrived_s = 0.0
        self._time_s = 0.0

    def tell(self, captured_ms: float, arrived_s: float) -> float:
        """Return when a frame was taken, seconds of the stream; call it once for each frame that is looked at.

        Args:
            captured_ms: by the client's clock, any finite number.
            arrived_s: by a clock of this process that never runs backwards.
        """
        captured_step_s = (captured_ms - self._captured_ms) / 1000
        arrived_step_s = arrived_s - self._arrived_s
        sane = captured_step_s > 0 and abs(captured_step_s - arrived_step_s) <= _APART_MAX_S
        self._time_s += captured_step_s if sane else max(arrived_step_s, 0.0)
        self._captured_ms, self._arrived_s = captured_ms, arrived_s
        return self._time_s
