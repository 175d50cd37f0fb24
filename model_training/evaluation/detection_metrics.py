"""Detection metrics: average precision, recall and label accuracy, by label and by size of the face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.labels import merged
from model_training.evaluation.matching import (
    TRUE_POSITIVE,
    Matches,
    MatchingParameters,
    Scene,
    match_detections,
)
from model_training.evaluation.precision_recall import Curve, false_positives_per_photo, precision_recall, threshold_for
from model_training.evaluation.predictions import Predictions
from webapp.vision.detections import LABELS, IntArray

SIZES_PX: dict[str, tuple[float, float]] = {
    "all": (12, np.inf),
    "12-32": (12, 32),
    "32-96": (32, 96),
    ">96": (96, np.inf),
}
"""Ranges of a face's shorter side in a photo whose longer side has 576 px."""


@dataclass(frozen=True, eq=False)
class FaceResults:
    """Whether every ground-truth face was found at one threshold; row i of every array belongs to the same face.

    Args:
        scene: int64 (w,), index of the photo.
        face: int64 (w,), index of the face in it.
        label: int64 (w,), ground truth, index into `LABELS`.
        detection: int64 (w,), index of the matched detection, or -1.
        predicted_label: int64 (w,), label of the detection, or -1.
    """

    scene: IntArray
    face: IntArray
    label: IntArray
    detection: IntArray
    predicted_label: IntArray

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether it was found, bool (w,)."""
        return self.detection >= 0

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether it was found with the right label (mask or no mask), bool (w,); a badly worn mask counts as none."""
        return self.found & (merged(self.label) == merged(self.predicted_label))


def face_results(scenes: Sequence[Scene], matches: Matches, threshold: float) -> FaceResults:
    """Return the result of every ground-truth face."""
    shown = (matches.result == TRUE_POSITIVE) & (matches.score >= threshold)
    detection_of = {
        (int(s), int(f)): int(a)
        for s, f, a in zip(matches.scene[shown], matches.face[shown], matches.detection[shown], strict=True)
    }
    scene, face = matches.gt_faces[:, 0], matches.gt_faces[:, 1]
    detection = np.array([detection_of.get((int(s), int(f)), -1) for s, f in matches.gt_faces], np.int64)
    label = np.array([scenes[s].gt_label[f] for s, f in matches.gt_faces], np.int64)
    predicted_label = np.array(
        [scenes[s].found.label[a] if a >= 0 else -1 for s, a in zip(scene, detection, strict=True)], np.int64
    )
    return FaceResults(scene, face, label, detection, predicted_label)


def size_metrics(scenes: Sequence[Scene], iou_threshold: float, threshold: float, size: str) -> dict[str, Any]:
    """Return the metrics of one range of sizes; NaN where there is no such face.

    Args:
        scenes: all photos.
        iou_threshold: least overlap of a true positive.
        threshold: lowest score that is shown.
        size: key of `SIZES_PX`.
    """
    low, high = SIZES_PX[size]
    matches = match_detections(scenes, MatchingParameters(iou_threshold, low, high))
    seen = face_results(scenes, matches, threshold)
    three = [average_precision(scenes, MatchingParameters(iou_threshold, low, high, k)) for k in range(len(LABELS))]
    two = [average_precision(scenes, MatchingParameters(iou_threshold, low, high, k, two_classes=True)) for k in (0, 1)]
    return {
        "faces": len(seen.label),
        "face_ap": precision_recall(matches).average,
        "map_3_classes": mean_of_known(three),
        "map_2_classes": mean_of_known(two),
        "ap_3_classes": dict(zip(LABELS, three, strict=True)),
        "ap_2_classes": dict(zip(LABELS[:2], two, strict=True)),
        **at_threshold(seen),
    }


def at_threshold(seen: FaceResults) -> dict[str, Any]:
    """Return recall and label accuracy at one threshold.

    Returns:
        `recall`, `end_to_end_recall` (found with the right label, two classes), `label_accuracy` (of those found), and
        `by_label`, which has faces, recall and label accuracy of each label.
    """
    by_label = {}
    for k, name in enumerate(LABELS):
        own = seen.label == k
        by_label[name] = {
            "faces": int(own.sum()),
            "recall": mean_or_nan(seen.found[own]),
            "label_accuracy": mean_or_nan(seen.right[own & seen.found]),
        }
    return {
        "recall": mean_or_nan(seen.found),
        "end_to_end_recall": mean_or_nan(seen.right),
        "label_accuracy": mean_or_nan(seen.right[seen.found]),
        "by_label": by_label,
    }


def curves(scenes: Sequence[Scene], iou_threshold: float) -> dict[str, dict[str, Curve]]:
    """Return the curves to draw: `{"labels": {"face", and each of LABELS}, "sizes": {each of SIZES_PX}}`."""

    def curve(parameters: MatchingParameters) -> Curve:
        return precision_recall(match_detections(scenes, parameters))

    labels = {"face": curve(MatchingParameters(iou_threshold))}
    labels |= {name: curve(MatchingParameters(iou_threshold, label=k)) for k, name in enumerate(LABELS)}
    sizes = {name: curve(MatchingParameters(iou_threshold, low, high)) for name, (low, high) in SIZES_PX.items()}
    return {"labels": labels, "sizes": sizes}


def false_positives(negatives: Mapping[str, Sequence[Predictions]], threshold: float) -> dict[str, dict[str, Any]]:
    """Return false positives on photos without faces.

    Args:
        negatives: predictions by kind, like `{"grey": […], "tinted": […]}`.
        threshold: lowest score that is shown.

    Returns:
        By kind, and for all of them: `photos`, `per_photo`, `photos_with_any`.
    """
    kinds = {**negatives, "all": [found for kind in negatives.values() for found in kind]}
    metrics = {}
    for kind, photos in kinds.items():
        counts = np.array([(found.score >= threshold).sum() for found in photos], float)
        metrics[kind] = {
            "photos": len(photos),
            "per_photo": mean_or_nan(counts),
            "photos_with_any": mean_or_nan(counts > 0),
        }
    return metrics


def operating_metrics(
    scenes: Sequence[Scene],
    matches: Matches,
    threshold: float | None,
    negatives: Mapping[str, Sequence[Predictions]] | None,
) -> dict[str, Any]:
    """Return the metrics at a threshold, over all sizes.

    Args:
        scenes: all photos.
        matches: on all faces, labels ignored.
        threshold: lowest score that is shown; None for the one of the rule.
        negatives: see `false_positives`.
    """
    level = threshold_for(matches, len(scenes)) if threshold is None else threshold
    metrics = {
        "threshold": level,
        "false_positives_per_photo": false_positives_per_photo(matches, len(scenes), level),
        **at_threshold(face_results(scenes, matches, level)),
    }
    return metrics if negatives is None else metrics | {"negatives": false_positives(negatives, level)}


def mean_or_nan(values: NDArray[Any]) -> float:
    """Return the mean, NaN of an empty array."""
    return float(values.mean()) if len(values) else float("nan")


def average_precision(scenes: Sequence[Scene], parameters: MatchingParameters) -> float:
    """Return the AP of the faces that the parameters choose, every point counted; NaN where there is none."""
    return precision_recall(match_detections(scenes, parameters)).average


def mean_of_known(values: Sequence[float]) -> float:
    """Return the mean of the values that are not NaN; NaN where all are."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
