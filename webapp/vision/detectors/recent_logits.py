"""Face log-odds of one live stream, reused while a large box stays where it is.

A crop costs a third of a frame, and frames that follow closely show the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from webapp.vision.boxes import box_iou
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.face_verification import FaceLogits

REUSED_S = 0.5
"""Time of the stream for which log-odds are reused: as long a bucket may stay a face, or a face be missing."""

SAME_IOU = 0.7
"""Overlap from which two boxes show the same; a detector's boxes of a person who sits still overlap by .9."""


class _Known(NamedTuple):
    xyxy: FloatArray
    logit: np.float32
    time_s: float


class RecentLogits:
    """Remembers the log-odds of boxes for a short time.

    An instance belongs to one stream and to one thread at a time.
    """

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._resolution_wh = (0, 0)
        self._time_s = 0.0

    def begin(self, time_s: float, resolution_wh: tuple[int, int]) -> None:
        """Begin a frame, and forget what is too old or was seen in frames of another size.

        Args:
            time_s: when the frame was taken, seconds of the stream, never less than that of the frame before.
            resolution_wh: width and height of the frame, pixels.
        """
        same_size = resolution_wh == self._resolution_wh
        # Frames at 4, 10 or 20 a second lie at fractions of the time, give or take a rounding.
        self._known = [known for known in self._known if same_size and time_s - known.time_s < REUSED_S - 1e-3]
        self._resolution_wh, self._time_s = resolution_wh, time_s

    def reusing(self, face_logits: FaceLogits) -> FaceLogits:
        """Return a function like `face_logits` for this frame, called for one box at a time.

        Args:
            face_logits: computes what is not known.
        """

        def recalled(xyxy: FloatArray) -> FloatArray:
            if self._known:
                overlap = box_iou(xyxy, np.stack([known.xyxy for known in self._known]))[0]
                nearest = int(overlap.argmax())
                if overlap[nearest] >= SAME_IOU:
                    return np.array([self._known[nearest].logit], np.float32)
            logit = face_logits(xyxy)
            self._known.append(_Known(xyxy[0].copy(), logit[0], self._time_s))
            return logit

        return recalled
