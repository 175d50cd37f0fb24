"""Precision, recall, average precision, and the threshold that lets a stated number of false positives through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model_training.evaluation.matching import FALSE_POSITIVE, IGNORED, TRUE_POSITIVE, Matches
from webapp.vision.detections import Float64Array

FALSE_POSITIVES_PER_PHOTO = 0.1
"""The rule by which the shipped threshold is chosen."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Precision and recall as the threshold falls.

    Args:
        recall: float64 (n,), fraction of the ground-truth faces found so far.
        precision: float64 (n,), fraction of the detections so far that are true positives.
        average: area under the curve, every point counted, precision made monotonic (VOC 2010 and later); NaN
            without a ground-truth face.
    """

    recall: Float64Array
    precision: Float64Array
    average: float


NO_CURVE = Curve(np.zeros(0), np.zeros(0), float("nan"))
"""Of a ground truth without faces."""


def precision_recall(matches: Matches) -> Curve:
    """Compute the curve of matched detections."""
    positives, counted = len(matches.gt_faces), matches.result != IGNORED
    if positives == 0:
        return NO_CURVE
    order = np.argsort(-matches.score[counted], kind="stable")
    true_positives = np.cumsum(matches.result[counted][order] == TRUE_POSITIVE)
    return curve_with_average(true_positives / positives, true_positives / np.arange(1, len(true_positives) + 1))


def curve_with_average(recall: Float64Array, precision: Float64Array) -> Curve:
    """Return the curve with its area.

    Args:
        recall: float64 (n,), as the threshold falls.
        precision: float64 (n,).
    """
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return Curve(recall, precision, float((np.diff(recall, prepend=0) * falling).sum()))


def threshold_for(matches: Matches, photos: int, false_positives_per_photo: float = FALSE_POSITIVES_PER_PHOTO) -> float:
    """Return the lowest score at which the false positives stay within the rate.

    Args:
        matches: on all faces, labels ignored.
        photos: how many there are.
        false_positives_per_photo: the rate.
    """
    allowed = int(np.floor(false_positives_per_photo * photos))
    false_positives = np.sort(matches.score[matches.result == FALSE_POSITIVE])[::-1]
    if len(false_positives) <= allowed:
        return float(matches.score.min(initial=1.0)) if len(matches.score) else 0.0
    # The first false positive above the rate must be excluded, and with it everything of the same score.
    above = matches.score[matches.score > false_positives[allowed]]
    return float(above.min()) if len(above) else float(false_positives[allowed]) + 1e-9


def false_positives_per_photo(matches: Matches, photos: int, threshold: float) -> float:
    """Return how many false positives a photo has at a threshold."""
    return float(((matches.result == FALSE_POSITIVE) & (matches.score >= threshold)).sum() / max(photos, 1))
