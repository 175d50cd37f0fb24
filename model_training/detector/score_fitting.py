"""Platt scaling of scores (Platt 1999), temperature of labels (Guo et al. 2017), and thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from model_training.data.annotations import LabelledFrame
from model_training.data.face_samples import MIN_SIDE_PX
from model_training.evaluation.coco_matching import CocoMatcher
from model_training.evaluation.matching import LEAST_IGNORED_IOU, LONGER_SIDE_PX, overlaps
from webapp.vision.detections import FloatArray, IntArray

MATCH_IOU = 0.5
FALSE_POSITIVES_PER_EMPTY_PHOTO = 0.02
TOLERANCE = 1e-8
"""Of the gradient of the mean loss."""


def match_ground_truth(photo: LabelledFrame, xyxy: FloatArray, iou_threshold: float = MATCH_IOU) -> IntArray:
    """Match every detection to a face.

    Args:
        photo: the ground truth.
        xyxy: float32 (n, 4), detections in pixels of the photo, best first.
        iou_threshold: least overlap of a match.

    Returns:
        int64 (n,): row of the face; -1 for a false positive; -2 where it lies on a face too small to count or on a
            region to ignore (at IoU .3, see `LEAST_IGNORED_IOU`).
    """
    gt = photo.annotations
    # Unlike in metrics, a false positive under 12 px counts: the app would show it.
    ignored = gt.ignore | (gt.shorter_side_px * LONGER_SIDE_PX / max(photo.resolution_wh) < MIN_SIDE_PX)
    overlap = overlaps(xyxy.astype(np.float64), gt.xyxy.astype(np.float64))
    overlap[gt.ignore & (overlap >= LEAST_IGNORED_IOU)] = 1.0
    matched = CocoMatcher(iou_threshold).match(overlap, ignored)
    return np.where(np.append(ignored, False)[matched], -2, matched)  # -1 is the appended one


def fit_platt(
    features: NDArray[np.float64], right: NDArray[np.bool_], weight: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Fit a logistic regression whose output is the probability that a detection is right (Platt 1999).

    Args:
        features: float64 (n, k): the raw score's logit first, then what else the probability depends on.
        right: bool (n,); both kinds must occur.
        weight: float64 (n,), of each detection; None weighs all alike.

    Returns:
        float64 (k + 1,): a coefficient for each feature, then the offset, of least logarithmic loss.

    Raises:
        ValueError: all are right or all are wrong.
    """
    if right.all() or not right.any():
        raise ValueError("calibration needs right and wrong detections")
    # Without a penalty. `newton-cg` also takes features that depend on each other, as where all faces have one size.
    fitted = LogisticRegression(C=np.inf, solver="newton-cg", tol=TOLERANCE).fit(features, right, weight)
    return np.append(fitted.coef_[0], fitted.intercept_)


def fit_temperature(label_probs: FloatArray, label: IntArray) -> float:
    """Fit the temperature of label probabilities (Guo et al. 2017, arXiv:1706.04599).

    Args:
        label_probs: float32 (n, classes), softmax at temperature 1.
        label: int64 (n,), ground truth.

    Returns:
        The temperature in [0.2, 5] of least logarithmic loss.
    """
    logits = np.log(np.maximum(label_probs, 1e-9)).astype(np.float64)
    candidates = np.geomspace(0.2, 5, 161)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        normal = np.log(np.exp(scaled - scaled.max(axis=1, keepdims=True)).sum(axis=1)) + scaled.max(axis=1)
        return float((normal - scaled[np.arange(len(label)), label]).mean())

    return float(candidates[int(np.argmin([loss(t) for t in candidates]))])


def best_f1_threshold(score: NDArray[np.float64], right: NDArray[np.bool_], faces: int) -> float:
    """Return the threshold of the largest F1, the harmonic mean of precision and recall.

    Args:
        score: float64 (n,), of all detections that count.
        right: bool (n,), whether each is the best detection of a face.
        faces: in the ground truth.

    Returns:
        The lowest score that is shown; 1 where no detection is right.
    """
    if not right.any():
        return 1.0
    order = np.argsort(-score, kind="stable")
    found = np.cumsum(right[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + faces)
    return float(score[order][int(f1.argmax())])


def limit_threshold(score: NDArray[np.float64], allowed: int) -> float:
    """Return the lowest threshold that at most so many scores reach.

    Args:
        score: float64 (n,), of all detections on photos without faces.
        allowed: how many may reach it.
    """
    falling = np.sort(score)[::-1]
    return float(np.nextafter(falling[allowed], 2.0)) if len(falling) > allowed else 0.0


def allowed_false_positives(photos: int) -> int:
    """Return how many boxes the limit of false positives allows on so many photos without faces."""
    return int(FALSE_POSITIVES_PER_EMPTY_PHOTO * photos)


def operating_point(
    score: NDArray[np.float64],
    right: NDArray[np.bool_],
    faces: int,
    empty: Sequence[Sequence[NDArray[np.float64]]],
) -> float:
    """Return the threshold of the best F1 that keeps the limit of false positives, four decimals.

    Args:
        score: float64 (n,), of all detections on labelled photos that count.
        right: bool (n,), whether each is the best detection of a face.
        faces: in the ground truth.
        empty: scores on each photo without faces, folder by folder; each folder has to keep the limit.
    """
    return max(rounded_up(best_f1_threshold(score, right, faces)), false_positive_limit(empty))


def false_positive_limit(empty: Sequence[Sequence[NDArray[np.float64]]]) -> float:
    """Return the lowest threshold that keeps the limit of false positives in each folder, four decimals.

    Args:
        empty: scores on each photo without faces, folder by folder.
    """
    limits = [
        limit_threshold(np.concatenate(folder), allowed_false_positives(len(folder))) for folder in empty if len(folder)
    ]
    return rounded_up(max([0.0, *limits]))


def rounded_up(threshold: float) -> float:
    """Return a threshold with four decimals, at most 1: rounded down, it would admit the first box above a limit."""
    return min(float(np.ceil(threshold * 1e4)) / 1e4, 1.0)
