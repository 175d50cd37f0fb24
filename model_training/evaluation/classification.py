"""Metrics of a classifier that gives every class a score: accuracy, recall, precision, ROC, average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_training.evaluation.precision_recall import Curve, curve_from_counts
from webapp.vision.detections import Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class Roc:
    """Receiver operating characteristic (Fawcett 2006, doi:10.1016/j.patrec.2005.10.010) as the threshold falls.

    Args:
        false_positive_rate: float64 (n,), fraction of the negatives predicted as positives; starts at 0.
        recall: float64 (n,), fraction of the positives found; starts at 0.
        area: under the curve: the probability that a positive scores above a negative, ties counting half; NaN where
            one of the two is missing.
    """

    false_positive_rate: Float64Array
    recall: Float64Array
    area: float


def roc(score: Float64Array, positive: NDArray[np.bool_], weight: Float64Array | None = None) -> Roc:
    """Compute the ROC curve of one class against the rest.

    Args:
        score: float64 (n,).
        positive: bool (n,).
        weight: float64 (n,), how many times each sample counts; once by default.
    """
    true_positives, false_positives = _counts(score, positive, weight)
    if not len(true_positives) or true_positives[-1] == 0 or false_positives[-1] == 0:
        return Roc(np.zeros(0), np.zeros(0), float("nan"))
    rate, recall = (np.concatenate([[0.0], counts / counts[-1]]) for counts in (false_positives, true_positives))
    return Roc(rate, recall, float((np.diff(rate) * (recall[1:] + recall[:-1]) / 2).sum()))


def score_curve(score: Float64Array, positive: NDArray[np.bool_], weight: Float64Array | None = None) -> Curve:
    """Compute precision over recall of one class against the rest; samples of one score come at once.

    Args:
        score: float64 (n,).
        positive: bool (n,).
        weight: float64 (n,), how many times each sample counts; once by default.
    """
    true_positives, false_positives = _counts(score, positive, weight)
    some = true_positives + false_positives > 0
    return curve_from_counts(
        true_positives[some],
        (true_positives + false_positives)[some],
        float(true_positives[-1]) if len(true_positives) else 0.0,
    )


def class_metrics(
    gt_label: IntArray, score: Float64Array, names: Sequence[str], weight: Float64Array
) -> dict[str, float]:
    """Return the metrics that get intervals, each in [0, 1]; NaN where there is nothing to count.

    Args:
        gt_label: int64 (n,), index of the class.
        score: float64 (n, classes); the class of the highest is predicted.
        names: of the classes.
        weight: float64 (n,), how many times each sample counts.

    Returns:
        `accuracy`, and `recall NAME`, `precision NAME`, `roc_auc NAME`, `average_precision NAME` of every class.
    """
    predicted = score.argmax(axis=1)
    right = predicted == gt_label
    metrics = {"accuracy": weighted_mean(right, weight)}
    for k, name in enumerate(names):
        own = gt_label == k
        metrics[f"recall {name}"] = weighted_mean(right, weight * own)
        metrics[f"precision {name}"] = weighted_mean(right, weight * (predicted == k))
        metrics[f"roc_auc {name}"] = roc(score[:, k], own, weight).area
        metrics[f"average_precision {name}"] = score_curve(score[:, k], own, weight).average
    return metrics


def weighted_mean(values: NDArray[np.bool_] | Float64Array, weight: Float64Array) -> float:
    """Return the weighted mean, NaN where the weights sum up to nothing.

    Args:
        values: bool or float64 (n,).
        weight: float64 (n,), not negative.
    """
    total = weight.sum()
    return float((values * weight).sum() / total) if total > 0 else float("nan")


def _counts(
    score: Float64Array, positive: NDArray[np.bool_], weight: Float64Array | None
) -> tuple[Float64Array, Float64Array]:
    # Positives and negatives at or above each distinct score, the highest first.
    each = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    last = np.append(falling[1:] != falling[:-1], True)[: len(falling)]
    true_positives, false_positives = (np.cumsum((each * chosen)[order])[last] for chosen in (positive, ~positive))
    return true_positives, false_positives
