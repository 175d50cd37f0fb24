"""Metrics of a classifier that gives every class a score: accuracy, recall, precision, ROC, average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import auc, precision_recall_curve, roc_curve

from model_training.evaluation.precision_recall import NO_CURVE, Curve, curve_with_average
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


def roc(score: Float64Array, positive: NDArray[np.bool_]) -> Roc:
    """Compute the ROC curve of one class against the rest.

    Args:
        score: float64 (n,).
        positive: bool (n,).
    """
    if not positive.any() or positive.all():
        return Roc(np.zeros(0), np.zeros(0), float("nan"))
    rate, recall, _ = roc_curve(positive, score, pos_label=True, drop_intermediate=False)
    return Roc(rate, recall, float(auc(rate, recall)))


def score_curve(score: Float64Array, positive: NDArray[np.bool_]) -> Curve:
    """Compute precision over recall of one class against the rest; samples of one score come at once.

    Its area is that of `Curve`: `average_precision_score` of scikit-learn does not make precision monotonic.

    Args:
        score: float64 (n,).
        positive: bool (n,).
    """
    if not positive.any():
        return NO_CURVE
    precision, recall, _ = precision_recall_curve(positive, score, pos_label=True)
    # Its thresholds rise, and its last point, recall 0 at precision 1, is none of the samples'.
    return curve_with_average(recall[-2::-1], precision[-2::-1])


def resampled_areas(
    score: Float64Array, positive: NDArray[np.bool_], weight: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Return the areas of `roc` and `score_curve` for many resamples, sorting once.

    scikit-learn's two functions take 5 ms for each class and resample, most of it to check their arguments.

    Args:
        score: float64 (n,), n at least 1.
        positive: bool (n,).
        weight: float64 (r, n), how many times each sample counts in each resample.

    Returns:
        Area under the ROC curve and average precision, float64 (r,) each; NaN where a kind that it needs is missing.
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # of each score: equal ones come at once
    sorted_weight = weight[:, order]
    found, false = (np.cumsum(sorted_weight * own, axis=1)[:, last] for own in (positive[order], ~positive[order]))
    with np.errstate(invalid="ignore"):
        recall, rate = (np.pad(counts / counts[:, -1:], ((0, 0), (1, 0))) for counts in (found, false))
        precision = np.nan_to_num(found / (found + false))
    area = (np.diff(rate) * (recall[:, 1:] + recall[:, :-1]) / 2).sum(axis=1)
    falling = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return area, (np.diff(recall) * falling).sum(axis=1)


def class_metrics(
    gt_label: IntArray, score: Float64Array, names: Sequence[str], weight: Float64Array
) -> dict[str, Float64Array]:
    """Return the metrics that get intervals, each in [0, 1]; NaN where there is nothing to count.

    Args:
        gt_label: int64 (n,), index of the class.
        score: float64 (n, classes); the class of the highest is predicted.
        names: of the classes.
        weight: float64 (r, n), how many times each sample counts in each of r resamples.

    Returns:
        float64 (r,) each: `accuracy`, and `recall NAME`, `precision NAME`, `roc_auc NAME`, `average_precision NAME` of
            every class.
    """
    predicted = score.argmax(axis=1)
    right = predicted == gt_label
    metrics = {"accuracy": weighted_mean(right, weight)}
    for k, name in enumerate(names):
        own = gt_label == k
        metrics[f"recall {name}"] = weighted_mean(right, weight * own)
        metrics[f"precision {name}"] = weighted_mean(right, weight * (predicted == k))
        metrics[f"roc_auc {name}"], metrics[f"average_precision {name}"] = resampled_areas(score[:, k], own, weight)
    return metrics


def weighted_mean(values: NDArray[np.bool_] | Float64Array, weight: Float64Array) -> Float64Array:
    """Return the weighted mean of each resample, float64 (r,); NaN where its weights sum up to nothing.

    Args:
        values: bool or float64 (n,).
        weight: float64 (r, n), not negative.
    """
    total = weight.sum(axis=1)
    return np.divide(weight @ values.astype(float), total, out=np.full(len(total), np.nan), where=total > 0)
