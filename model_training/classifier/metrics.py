"""Metrics of a classifier: the content of its `metrics.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model_training.data.face_samples import FaceSample
from model_training.data.labels import merged
from model_training.evaluation.bootstrap import missing_intervals, with_intervals
from model_training.evaluation.classification import class_metrics, weighted_mean
from model_training.evaluation.reliability import reliability
from webapp.vision.detections import Float64Array, IntArray

CONFIDENT_SCORE = 0.9
"""Score above which a prediction is drawn in the panels."""

SIZE_BUCKETS_PX = ((12, 32), (32, 96), (96, 10_000))


@dataclass(frozen=True, eq=False)
class ClassifierPredictions:
    """Labelled faces and the predictions of a classifier.

    Args:
        faces: n of them.
        pictures: file name of each one's picture, relative to the folder of pictures.
        clusters: name of what each belongs to, see `picture_clusters`.
        labels: names of the k classes, all of `LABELS` or the first two.
        score: float64 (n, k), in the order of `labels`.
    """

    faces: Sequence[FaceSample]
    pictures: Sequence[str]
    clusters: Sequence[str]
    labels: tuple[str, ...]
    score: Float64Array

    @property
    def gt_label(self) -> IntArray:
        """Index of the ground-truth class, int64 (n,)."""
        return np.array([face.label for face in self.faces], np.int64)

    @property
    def predicted_label(self) -> IntArray:
        """Index of the predicted class, int64 (n,)."""
        return self.score.argmax(axis=1).astype(np.int64)

    @property
    def confidence(self) -> Float64Array:
        """Score of the predicted class, float64 (n,)."""
        return self.score.max(axis=1)


def classifier_metrics(predictions: ClassifierPredictions, resamples: int) -> dict[str, Any]:
    """Return the metrics, each fraction with a 95 % interval: `value`, `low`, `high`.

    Args:
        predictions: at least one.
        resamples: draws of the bootstrap.

    Returns:
        `faces`, `clusters` (what was resampled), `missing_intervals` (why there are none, or None), `accuracy`,
        `accuracy_2_classes` (a badly worn mask counts as none), `by_label` (`faces`, `recall`, `precision`,
        `roc_auc`, `average_precision`), `sizes` (accuracy by the face's
        shorter side), `calibration` of the predicted class's score, `confident` (predictions drawn: `fraction`,
        `accuracy`).
    """
    gt_label, predicted = predictions.gt_label, predictions.predicted_label
    names, cluster = np.unique(predictions.clusters, return_inverse=True)
    two = merged(gt_label) == merged(predicted)
    side = np.array([face.shorter_side_px for face in predictions.faces])
    sizes = {size_name(low, high): (side >= low) & (side < high) for low, high in SIZE_BUCKETS_PX}
    confident = predictions.confidence > CONFIDENT_SCORE

    def metrics(weight: Float64Array) -> dict[str, Float64Array]:
        found = class_metrics(gt_label, predictions.score, predictions.labels, weight)
        found["accuracy_2_classes"] = weighted_mean(two, weight)
        for name, inside in sizes.items():
            found[f"size {name}"] = weighted_mean(predicted == gt_label, weight * inside)
        found["confident"] = weighted_mean(confident, weight)
        found["confident_accuracy"] = weighted_mean(predicted == gt_label, weight * confident)
        return found

    known = with_intervals(metrics, cluster.astype(np.int64), resamples)
    kinds = ("recall", "precision", "roc_auc", "average_precision")
    return {
        "faces": len(gt_label),
        "clusters": len(names),
        "missing_intervals": missing_intervals(len(names)),
        "accuracy": known["accuracy"],
        "accuracy_2_classes": known["accuracy_2_classes"],
        "by_label": {
            name: {"faces": int((gt_label == k).sum()), **{kind: known[f"{kind} {name}"] for kind in kinds}}
            for k, name in enumerate(predictions.labels)
        },
        "sizes": [
            {"name": name, "faces": int(inside.sum()), "accuracy": known[f"size {name}"]}
            for name, inside in sizes.items()
            if inside.any()
        ],
        "calibration": reliability(predictions.confidence, predicted == gt_label),
        "confident": {
            "from_score": CONFIDENT_SCORE,
            "fraction": known["confident"],
            "accuracy": known["confident_accuracy"],
        },
    }


def size_name(low_px: float, high_px: float) -> str:
    """Return how a range of sizes is called."""
    return f"{low_px}-{high_px} px" if high_px < 10_000 else f"from {low_px} px"
