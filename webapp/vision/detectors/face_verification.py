"""Face verification: a second stage that decides whether a large detection is a face (a cascade, Viola & Jones 2001).

A detector whose input is 160 px can hardly tell a bucket that fills a picture from a masked face that does; the crop
classifier sees them at its own size. Without it the limit of false positives costs many faces near the camera.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from webapp.vision.boxes import areas
from webapp.vision.detections import BoolArray, Detections, FloatArray
from webapp.vision.detectors.anchor_free import logits_of, sigmoid
from webapp.vision.detectors.size_octaves import size_octaves

FROM_OCTAVES = 1.0
"""Size from which a detection is verified, see `size_octaves`: a fifth of the frame's longer side. Smaller ones are
many, and the false positives that set the threshold are large."""

SCORE_MIN = 0.01
"""Calibrated score from which a large detection is verified. Of 450 windows of `faces/val` and 314 crops of
`mask12k/Validation` none becomes wrong by it (the first does at .05); empty photos cost .1 crops each, not 2.4."""

ACCEPTED = 0.5
"""Verified score from which a detection counts as a face that others may be parts of."""

NESTED = 0.7
"""Part of a large detection inside an accepted one from which it is a part of the same face."""

FaceLogits = Callable[[FloatArray], FloatArray]
"""Boxes, float32 (n, 4), pixels of the frame, to log-odds that each holds a face, float32 (n,)."""


@dataclass(frozen=True)
class Verification:
    """Platt scaling of the sum of two log-odds: of the detector and of the crop classifier, as if independent.

    Args:
        slope: of the sum, more than 0.
        offset: added to it.
        threshold: score, in [0, 1], from which on a detection counts as a face where large ones are verified.
    """

    slope: float
    offset: float
    threshold: float

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Verification:
        """Read the numbers of a card.

        Raises:
            KeyError, TypeError, ValueError: a number is missing or out of range.
        """
        found = cls(float(row["slope"]), float(row["offset"]), float(row["threshold"]))
        if not (found.slope > 0 and 0 <= found.threshold <= 1):
            raise ValueError("verification")
        return found

    def apply(self, score: FloatArray, face_logit: FloatArray) -> FloatArray:
        """Return verified scores, float32 (n,) in [0, 1].

        Args:
            score: float32 (n,), calibrated, of the detector.
            face_logit: float32 (n,), see `FaceLogits`.
        """
        return sigmoid((self.slope * (logits_of(score) + face_logit) + self.offset).astype(np.float32))


def large_rows(xyxy: FloatArray, longer_px: int) -> BoolArray:
    """Return which boxes are large enough to be verified, bool (n,).

    Args:
        xyxy: float32 (n, 4), pixels.
        longer_px: longer side of the frame.
    """
    return size_octaves(xyxy, longer_px) >= FROM_OCTAVES


def verified_rows(found: Detections, longer_px: int) -> BoolArray:
    """Return which detections are verified, bool (n,): large ones, unless their score is next to nothing.

    Args:
        found: with calibrated scores.
        longer_px: longer side of the frame.
    """
    return (found.detection_score >= SCORE_MIN) & large_rows(found.xyxy, longer_px)


def verify_large(found: Detections, longer_px: int, verification: Verification, face_logits: FaceLogits) -> Detections:
    """Return the detections of a frame, the large ones with verified scores and without parts of accepted faces.

    Args:
        found: with calibrated scores, best first.
        longer_px: longer side of the frame.
        verification: of these views.
        face_logits: of this frame; called for one box at a time.

    Returns:
        In the order of `found`, so not sorted by their new scores. Scores below `SCORE_MIN` stay.
    """
    score, kept = found.detection_score.copy(), np.ones(len(found), bool)
    accepted: list[int] = []
    for row in np.flatnonzero(verified_rows(found, longer_px)):
        box = found.xyxy[row : row + 1]
        if accepted and _inside(box[0], found.xyxy[accepted]).max() > NESTED:
            kept[row] = False
            continue
        score[row] = verification.apply(score[row : row + 1], face_logits(box))[0]
        if score[row] >= ACCEPTED:
            accepted.append(int(row))
    return replace(found, detection_score=score).select(kept)


def _inside(box: FloatArray, others: FloatArray) -> FloatArray:
    """Return the overlap of a box with others, relative to the smaller of the two, float32 (n,)."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    overlap = np.prod(np.maximum(sides, 0), axis=1)
    return np.asarray(overlap / np.maximum(np.minimum(areas(box[None]), areas(others)), 1e-6), np.float32)
