"""Everything that an evaluated classifier's `metrics.json` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model_training.data.arrays import Floats, Ints
from model_training.data.face_samples import FaceSample
from model_training.evaluation.bootstrap import missing_intervals, with_intervals
from model_training.evaluation.classification import class_figures, weighted_mean
from model_training.evaluation.matching import merged
from model_training.evaluation.reliability import reliability

CONFIDENT_SCORE = 0.9
"""Score from which an answer is drawn in the panels."""

SIZE_BUCKETS_PX = ((12, 32), (32, 96), (96, 10_000))


@dataclass(frozen=True, eq=False)
class Answers:
    """Labelled faces and what a classifier says of them.

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
    score: Floats

    @property
    def truth(self) -> Ints:
        """Index of the true class, int64 (n,)."""
        return np.array([face.label for face in self.faces], np.int64)

    @property
    def said(self) -> Ints:
        """Index of the answer, int64 (n,)."""
        return self.score.argmax(axis=1).astype(np.int64)

    @property
    def confidence(self) -> Floats:
        """Score of the answer, float64 (n,)."""
        return self.score.max(axis=1)


def classifier_metrics(answers: Answers, resamples: int) -> dict[str, Any]:
    """Return the figures, each share with a 95 % interval: `value`, `low`, `high`.

    Args:
        answers: at least one.
        resamples: draws of the bootstrap.

    Returns:
        `faces`, `clusters` (what was drawn anew), `missing_intervals` (why there are none, or None), `accuracy`,
        `accuracy_2_classes` (a badly worn mask counts as none), `by_label` (`faces`, `recall`, `precision`,
        `roc_auc`, `average_precision`), `sizes` (accuracy by the face's
        shorter side), `calibration` of the answer's score, `sure` (answers drawn: `share`, `accuracy`).
    """
    truth, said = answers.truth, answers.said
    names, cluster = np.unique(answers.clusters, return_inverse=True)
    two = merged(truth) == merged(said)
    side = np.array([face.shorter_side_px for face in answers.faces])
    sizes = {size_name(low, high): (side >= low) & (side < high) for low, high in SIZE_BUCKETS_PX}
    sure = answers.confidence > CONFIDENT_SCORE

    def figures(weight: Floats) -> dict[str, float]:
        found = class_figures(truth, answers.score, answers.labels, weight)
        found["accuracy_2_classes"] = weighted_mean(two, weight)
        for name, inside in sizes.items():
            found[f"size {name}"] = weighted_mean(said == truth, weight * inside)
        found["sure"] = weighted_mean(sure, weight)
        found["confident_accuracy"] = weighted_mean(said == truth, weight * sure)
        return found

    known = with_intervals(figures, cluster.astype(np.int64), resamples)
    kinds = ("recall", "precision", "roc_auc", "average_precision")
    return {
        "faces": len(truth),
        "clusters": len(names),
        "missing_intervals": missing_intervals(len(names)),
        "accuracy": known["accuracy"],
        "accuracy_2_classes": known["accuracy_2_classes"],
        "by_label": {
            name: {"faces": int((truth == k).sum()), **{kind: known[f"{kind} {name}"] for kind in kinds}}
            for k, name in enumerate(answers.labels)
        },
        "sizes": [
            {"name": name, "faces": int(inside.sum()), "accuracy": known[f"size {name}"]}
            for name, inside in sizes.items()
            if inside.any()
        ],
        "calibration": reliability(answers.confidence, said == truth),
        "sure": {"from_score": CONFIDENT_SCORE, "share": known["sure"], "accuracy": known["confident_accuracy"]},
    }


def size_name(low_px: float, high_px: float) -> str:
    """Return how a range of sizes is called."""
    return f"{low_px}-{high_px} px" if high_px < 10_000 else f"from {low_px} px"
