"""Calibrate the verification of large detections, see `webapp.vision.detectors.face_verification`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model_training.data.annotations import LabelledFrame
from model_training.detector.score_fitting import (
    allowed_false_positives,
    best_f1_threshold,
    false_positive_limit,
    fit_platt,
    limit_threshold,
    match_ground_truth,
    rounded_up,
)
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.matching import overlaps
from webapp.vision.detections import BoolArray, Detections, Float64Array, FloatArray
from webapp.vision.detectors.anchor_free import logits_of
from webapp.vision.detectors.face_verification import Verification, large_rows, verify_large
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier

MATCH_IOU = 0.3
"""At IoU 0.3 a displaced box still counts as a detection of the face: on the page it disturbs less than a box without
a face."""

Scored = tuple[Detections, Callable[[], Frame]]
"""Detections of a picture with calibrated scores, best first, and what reads the picture."""


@dataclass(frozen=True, eq=False)
class CalibratedSet:
    """Held-out pictures with detections of one set of views.

    Args:
        photos: with their ground truth.
        close_ups: of one face each.
        empty: without faces, by folder; each folder has to keep the limit of false positives.
    """

    photos: Sequence[tuple[LabelledFrame, Detections, Callable[[], Frame]]]
    close_ups: Sequence[tuple[CloseUp, Detections, Callable[[], Frame]]]
    empty: Sequence[Sequence[Scored]]


@dataclass(frozen=True, eq=False)
class _Picture:
    """The detections of a picture and the face log-odds of the large ones, by the bytes of their boxes."""

    found: Detections
    longer_px: int
    logits: dict[bytes, np.float32]

    def sums(self, rows: np.ndarray) -> Float64Array:
        """Return the sums of both log-odds of some large detections, float64 (k,)."""
        face = self.face_logits(self.found.xyxy[rows])
        return logits_of(self.score[rows]) + face

    def face_logits(self, xyxy: FloatArray) -> FloatArray:
        return np.array([self.logits[box.tobytes()] for box in xyxy], np.float32)

    @property
    def large(self) -> BoolArray:
        return large_rows(self.found.xyxy, self.longer_px)

    @property
    def score(self) -> Float64Array:
        return self.found.detection_score.astype(np.float64)

    def verified_score(self, verification: Verification) -> Float64Array:
        found = verify_large(self.found, self.longer_px, verification, self.face_logits)
        return found.detection_score.astype(np.float64)


def calibrate_verification(seen: CalibratedSet, gt_faces: int, verifier: MaskClassifier) -> Verification | None:
    """Fit the scores of large detections and choose the threshold that holds with them.

    The slope is that of a Platt scaling in which what is right and what is wrong weigh the same. A second box on the
    face of a close-up counts as neither: the classifier cannot tell it from the first. How common faces near the
    camera are depends on who uses the app, so their prior, and with it the offset, is free. Of the false positives that
    the limit allows, half go to small detections, which sets the threshold unless the best F1 is higher; the others go
    to large ones, which sets the offset.

    Args:
        seen: see `CalibratedSet`.
        gt_faces: how many faces of the photos count.
        verifier: with a face output.

    Returns:
        None where it cannot be fitted: among the large detections none is right, or none is wrong, or the sum of the
        log-odds does not tell which.
    """
    photos = [(photo, _picture(found, read(), verifier)) for photo, found, read in seen.photos]
    empty = [[_picture(found, read(), verifier) for found, read in folder] for folder in seen.empty]
    sums: list[Float64Array] = []
    right: list[BoolArray] = []
    score, is_right = [], []
    for photo, picture in photos:
        matched = match_ground_truth(photo, picture.found.xyxy, MATCH_IOU)
        rows = np.flatnonzero(picture.large & (matched != -2))
        sums.append(picture.sums(rows))
        right.append(matched[rows] >= 0)
        score.append(picture.score[matched != -2])
        is_right.append(matched[matched != -2] >= 0)
    for close_up, found, read in seen.close_ups:
        on_face = overlaps(found.xyxy.astype(np.float64), close_up.face_xyxy[None])[:, 0] >= MATCH_IOU
        rows = np.flatnonzero(large_rows(found.xyxy, max(close_up.resolution_wh)) & on_face)[:1]
        sums.append(_picture(found.select(rows), read(), verifier).sums(np.arange(len(rows))))
        right.append(np.ones(len(rows), bool))
    for picture in (picture for folder in empty for picture in folder):
        sums.append(picture.sums(np.flatnonzero(picture.large)))
        right.append(np.zeros(len(sums[-1]), bool))
    fitted = _fit(np.concatenate([*sums, []]), np.concatenate([*right, np.zeros(0, bool)]))
    if fitted is None:
        return None
    best = rounded_up(best_f1_threshold(np.concatenate(score), np.concatenate(is_right), gt_faces))
    threshold = max([best, *(_small_threshold(folder) for folder in empty)])
    offset = min([fitted.offset, *(_largest_offset(folder, threshold, fitted.slope) for folder in empty)])
    # Two decimals, rounded down: the first box above the limit lies on the threshold, and must not pass it by an
    # error of rounding where another machine computes its score.
    verification = replace(fitted, offset=float(np.floor(offset * 100)) / 100)
    verified = [[picture.verified_score(verification) for picture in folder] for folder in empty]
    return replace(verification, threshold=max(threshold, false_positive_limit(verified)))


def _small_threshold(folder: Sequence[_Picture]) -> float:
    """Return the threshold that admits half of the allowed false positives of a folder, small ones."""
    small = np.concatenate([np.zeros(0), *(picture.score[~picture.large] for picture in folder)])
    return rounded_up(limit_threshold(small, allowed_false_positives(len(folder)) // 2))


def _largest_offset(folder: Sequence[_Picture], threshold: float, slope: float) -> float:
    """Return the offset above which large false positives of a folder exceed what the small ones leave of its limit."""
    small = sum(int((picture.score[~picture.large] >= threshold).sum()) for picture in folder)
    allowed = max(allowed_false_positives(len(folder)) - small, 0)
    large = np.concatenate([np.zeros(0), *(picture.sums(np.flatnonzero(picture.large)) for picture in folder)])
    if len(large) <= allowed:
        return np.inf
    return float(logits_of(np.array([threshold]))[0] - slope * np.sort(large)[::-1][allowed])


def _picture(found: Detections, frame: Frame, verifier: MaskClassifier) -> _Picture:
    longer = max(frame.shape[:2])
    boxes = found.xyxy[large_rows(found.xyxy, longer)]
    logits = verifier.face_logits(frame, boxes)
    return _Picture(found, longer, {box.tobytes(): logit for box, logit in zip(boxes, logits, strict=True)})


def _fit(sums: Float64Array, right: BoolArray) -> Verification | None:
    if right.all() or not right.any():
        return None
    weight = np.where(right, 1 / right.sum(), 1 / (~right).sum()) * len(right) / 2
    slope, offset = (round(float(c), 4) for c in fit_platt(sums[:, None], right, weight))
    return Verification(slope, offset, 1.0) if slope > 0 else None
