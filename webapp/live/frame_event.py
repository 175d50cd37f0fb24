"""The arguments of a `frame` event, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from webapp.errors import BadRequest
from webapp.protocol import SCORE_THRESHOLD_MIN


@dataclass(frozen=True)
class FrameEvent:
    """The arguments of a `frame` event.

    Args:
        seq: the client's number of the frame.
        captured_ms: the client's time, finite.
        score_threshold: from `SCORE_THRESHOLD_MIN` to 1, of this frame; None for the detector's own.
        data: the encoded picture.
    """

    seq: int
    captured_ms: float
    score_threshold: float | None
    data: bytes


def parse_frame_event(args: tuple[object, ...]) -> FrameEvent:
    """Check the arguments of a `frame` event.

    Args:
        args: as the client sent them.

    Raises:
        BadRequest: they are not `({"seq": whole number, "captured_ms": number}, bytes)`, or there is a
            `score_threshold` that is no number in its range.
    """
    if len(args) != 2 or not isinstance(args[0], dict) or not isinstance(args[1], bytes):
        raise BadRequest("A frame event carries an object and the picture's bytes, in this order.")
    seq, captured_ms = args[0].get("seq"), args[0].get("captured_ms")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**53:
        raise BadRequest("seq must be a whole number from 0 to 2^53.")
    if isinstance(captured_ms, bool) or not isinstance(captured_ms, int | float) or not math.isfinite(captured_ms):
        raise BadRequest("captured_ms must be a number.")
    return FrameEvent(seq, float(captured_ms), _score_threshold(args[0]), args[1])


def _score_threshold(head: dict[object, object]) -> float | None:
    if "score_threshold" not in head:
        return None
    value = head["score_threshold"]
    # The negated form also catches NaN, which compares false with everything.
    if isinstance(value, bool) or not isinstance(value, int | float) or not SCORE_THRESHOLD_MIN <= value <= 1:
        raise BadRequest(f"score_threshold must be a number from {SCORE_THRESHOLD_MIN} to 1.")
    return float(value)
