"""Metrics of a localizer: the content of its `metrics.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.evaluation.bootstrap import missing_intervals, with_intervals
from model_training.evaluation.classification import Roc, resampled_areas, roc, score_curve, weighted_mean
from model_training.evaluation.matching import paired_overlaps
from model_training.evaluation.precision_recall import Curve
from model_training.evaluation.reliability import reliability
from model_training.localizer.samples import EMPTY_PHOTO, FACE_FREE_WINDOW, KINDS, LocalizerSample
from webapp.vision.detections import Float64Array, IntArray
from webapp.vision.frames import Frame

CONFIDENT_SCORE = 0.9
"""Score from which a box is drawn in the panels."""

IOU_BINS = 20

BLIND_IOU, BLIND_RECALL = 0.3, 0.1
"""A localizer is blind if it finds a smaller fraction of the faces with a box of this IoU."""


@dataclass(frozen=True, eq=False)
class Located:
    """Samples and the predictions of a localizer.

    Args:
        samples: n of them.
        score: float64 (n,) in [0, 1], of a face.
        box: float64 (n, 4), fractions of the square.
        threshold: score from which a face counts as found.
        clusters: name of what each belongs to, n of them, see `picture_clusters`.
    """

    samples: Sequence[LocalizerSample]
    score: Float64Array
    box: Float64Array
    threshold: float
    clusters: Sequence[str]

    def chosen(self, rows: IntArray) -> Located:
        """Return some of the samples with their predictions.

        Args:
            rows: int64 (k,), which ones, in this order.
        """
        samples, clusters = ([values[i] for i in rows] for values in (self.samples, self.clusters))
        return Located(samples, self.score[rows], self.box[rows], self.threshold, clusters)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether there is a face, bool (n,)."""
        return np.array([sample.present for sample in self.samples], bool)

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether a face was found, bool (n,), be there one or not."""
        return self.score >= self.threshold

    @property
    def kind(self) -> NDArray[np.str_]:
        """Kind of each sample, (n,)."""
        return np.array([sample.kind for sample in self.samples])

    @property
    def iou(self) -> Float64Array:
        """Overlap of the box with the face, found or not, float64 (n,); 0 where there is none."""
        gt_box = np.array([sample.box for sample in self.samples], float)
        return np.where(self.present, paired_overlaps(self.box, gt_box), 0.0)


def blind_sentence(located: Located) -> str | None:
    """Return the warning about a localizer that finds next to no face; None for another one.

    A displaced box finds no face, whatever its score: the least overlap is `BLIND_IOU`.
    """
    faces = int(located.present.sum())
    found = int((located.present & located.found & (located.iou >= BLIND_IOU)).sum())
    if not faces or found >= BLIND_RECALL * faces:
        return None
    return (
        f"It finds {found} of {faces} faces (score from {located.threshold:g} on, overlap of {BLIND_IOU} or more): "
        "train it longer, and on more copies."
    )


def localizer_metrics(located: Located, resamples: int) -> dict[str, Any]:
    """Return the metrics, each fraction with a 95 % interval: `value`, `low`, `high`.

    Args:
        located: with at least one face.
        resamples: draws of the bootstrap, cluster by cluster: a photo gives a face and a window without any.

    Returns:
        `samples`, `clusters` (what was resampled), `missing_intervals` (why there are none, or
        None), `faces`, `faces_found`, `threshold`, `accuracy` (face or none),
        `by_kind` (`samples`, `accuracy`, and `mean_iou` where there are faces), `grey_empty_photos` (how many have no
        colour), `mean_iou` of all faces, `mean_iou_found`, `iou_over_0.5`, `iou_over_0.75` (fractions of all faces),
        `located` (found and overlapping by more than .5), `roc_auc` and `average_precision` against everything without
        a face, `roc_auc_windows` against windows of photos with faces, `iou_histogram` (bins of .05), `calibration` of
        the score.
    """
    present, found, kind, iou = located.present, located.found, located.kind, located.iou
    right = found == present
    kinds = [name for name in KINDS if (kind == name).any()]

    def metrics(weight: Float64Array) -> dict[str, Float64Array]:
        faces = weight * present
        area, average = resampled_areas(located.score, present, weight)
        of_windows = weight * (present | (kind == FACE_FREE_WINDOW))
        known = {
            "accuracy": weighted_mean(right, weight),
            "mean_iou": weighted_mean(iou, faces),
            "mean_iou_found": weighted_mean(iou, faces * found),
            "iou_over_0.5": weighted_mean(iou > 0.5, faces),
            "iou_over_0.75": weighted_mean(iou > 0.75, faces),
            "located": weighted_mean(found & (iou > 0.5), faces),
            "roc_auc": area,
            "average_precision": average,
            "roc_auc_windows": resampled_areas(located.score, present, of_windows)[0],
        }
        for name in kinds:
            known[f"accuracy {name}"] = weighted_mean(right, weight * (kind == name))
            known[f"mean_iou {name}"] = weighted_mean(iou, faces * (kind == name))
        return known

    clusters, cluster = np.unique(located.clusters, return_inverse=True)
    known = with_intervals(metrics, cluster.astype(np.int64), resamples)
    by_kind = {}
    for name in kinds:
        own = kind == name
        by_kind[name] = {"samples": int(own.sum()), "accuracy": known.pop(f"accuracy {name}")}
        mean_iou = known.pop(f"mean_iou {name}")
        if present[own].any():
            by_kind[name]["mean_iou"] = mean_iou
    histogram, _ = np.histogram(iou[present], IOU_BINS, (0, 1))
    return {
        "samples": len(kind),
        "clusters": len(clusters),
        "missing_intervals": missing_intervals(len(clusters)),
        "faces": int(present.sum()),
        "faces_found": int((present & found).sum()),
        "threshold": located.threshold,
        **known,
        "by_kind": by_kind,
        "grey_empty_photos": sum(s.kind == EMPTY_PHOTO and is_grey(s.frame) for s in located.samples),
        "iou_histogram": histogram.tolist(),
        "calibration": reliability(located.score, present),
    }


def is_grey(frame: Frame) -> bool:
    """Tell whether a picture, uint8 (H, W, 3) BGR, has no colour at all."""
    return bool((frame[..., :1] == frame).all())


def roc_curves(located: Located) -> dict[str, Roc]:
    """Return the score's ROC curve against everything without a face, and against each kind of it.

    Returns:
        By `all`, and the kinds without faces that there are.
    """
    return {
        name: roc(located.score[chosen], located.present[chosen]) for name, chosen in _curve_samples(located).items()
    }


def precision_curves(located: Located) -> dict[str, Curve]:
    """Return precision over recall of the score, likewise."""
    return {
        name: score_curve(located.score[chosen], located.present[chosen])
        for name, chosen in _curve_samples(located).items()
    }


def _curve_samples(located: Located) -> dict[str, NDArray[np.bool_]]:
    # Which samples each curve is about.
    kind, present = located.kind, located.present
    others = {name: kind == name for name in (FACE_FREE_WINDOW, EMPTY_PHOTO)}
    return {"all": np.ones(len(kind), bool)} | {name: present | own for name, own in others.items() if own.any()}
