"""Scores that mean something: fit what turns raw outputs into shares, and thresholds that keep a promise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_training.evaluation.matching import LONGER_SIDE_PX, MIN_SIDE_PX
from model_training.photos import LabelledPhoto
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections, FloatArray, IntArray

HIT_IOU = 0.5
STEPS = 50


def match_truth(photo: LabelledPhoto, xyxy: FloatArray, iou_threshold: float = HIT_IOU) -> IntArray:
    """Tell of every detection which face it is.

    Args:
        photo: the truth.
        xyxy: float32 (n, 4), detections in pixels of the photo, best first.
        iou_threshold: least overlap of a hit.

    Returns:
        int64 (n,): row of the face; -1 for a false alarm; -2 where it lies on a face too small or doubtful to count.
    """
    overlap = box_iou(xyxy, photo.xyxy)
    sides = (photo.xyxy[:, 2:] - photo.xyxy[:, :2]).min(axis=1, initial=1e9) if len(photo.xyxy) else np.zeros(0)
    counted = ~photo.doubtful & (sides * LONGER_SIDE_PX / max(photo.frame.shape[:2]) >= MIN_SIDE_PX)
    free = counted.copy()
    told = np.full(len(xyxy), -1, np.int64)
    for i, row in enumerate(overlap):
        mine = np.where(free & (row >= iou_threshold), row, -1.0)
        if mine.max(initial=-1.0) >= 0:
            told[i] = int(mine.argmax())
            free[told[i]] = False
        elif (row[~counted] >= iou_threshold).any():
            told[i] = -2
    return told


def fit_platt(logit: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Fit slope and offset so that sigmoid(slope * logit + offset) is the share that is right (Platt 1999).

    Args:
        logit: float64 (n,).
        right: bool (n,); both kinds must occur.

    Returns:
        Slope and offset, by Newton's method on the logarithmic loss.

    Raises:
        ValueError: all are right or all are wrong.
    """
    if right.all() or not right.any():
        raise ValueError("calibration needs right and wrong answers")
    design = np.stack([logit, np.ones_like(logit)], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-np.clip(design @ weights, -40, 40)))
        gradient = design.T @ (share - right)
        curvature = (design * (share * (1 - share))[:, None]).T @ design + 1e-6 * np.eye(2)
        weights -= np.linalg.solve(curvature, gradient)
    return float(weights[0]), float(weights[1])


def fit_temperature(shares: FloatArray, label: IntArray) -> float:
    """Find the temperature that makes label shares mean what they say (Guo et al. 2017, arXiv:1706.04599).

    Args:
        shares: float32 (n, classes), softmax at temperature 1.
        label: int64 (n,), the truth.

    Returns:
        The temperature in [0.2, 5] of least logarithmic loss.
    """
    logits = np.log(np.maximum(shares, 1e-9)).astype(np.float64)
    candidates = np.geomspace(0.2, 5, 161)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        normal = np.log(np.exp(scaled - scaled.max(axis=1, keepdims=True)).sum(axis=1)) + scaled.max(axis=1)
        return float((normal - scaled[np.arange(len(label)), label]).mean())

    return float(candidates[int(np.argmin([loss(t) for t in candidates]))])


def threshold_for(
    photos: Sequence[LabelledPhoto], found: Sequence[Detections], false_alarms_a_photo: float, iou_threshold: float
) -> float:
    """Return the lowest score at which false alarms stay within their allowance.

    Args:
        photos: the truth.
        found: one for each photo, best first, with low scores too.
        false_alarms_a_photo: allowed on average.
        iou_threshold: of a hit.
    """
    alarms = [
        detections.detection_score[match_truth(photo, detections.xyxy, iou_threshold) == -1]
        for photo, detections in zip(photos, found, strict=True)
    ]
    scores = np.sort(np.concatenate(alarms))[::-1]
    allowed = int(false_alarms_a_photo * len(photos))
    return float(np.nextafter(scores[allowed], np.float32(1))) if len(scores) > allowed else 0.0
