"""The table of figures: average precision, recall and right labels, by label and by size of the face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.arrays import Ints
from model_training.evaluation.matching import TRUE_POSITIVE, Matches, MatchingParameters, Scene, judge, merged
from model_training.evaluation.precision_recall import Curve, false_positives_per_photo, precision_recall, threshold_for
from model_training.evaluation.predictions import Found
from webapp.vision.detections import LABELS

SIZES_PX: dict[str, tuple[float, float]] = {
    "all": (12, np.inf),
    "12-32": (12, 32),
    "32-96": (32, 96),
    ">96": (96, np.inf),
}
"""Ranges of a face's shorter side in a photo whose longer side has 576 px."""


@dataclass(frozen=True, eq=False)
class FaceResults:
    """What became of every wanted face at one threshold; the i-th row of every array speaks of the same face.

    Args:
        scene: int64 (w,), index of the photo.
        face: int64 (w,), index of the face in it.
        label: int64 (w,), true, index into `LABELS`.
        answer: int64 (w,), index of the answer that hit it, or -1.
        said: int64 (w,), the answer's label, or -1.
    """

    scene: Ints
    face: Ints
    label: Ints
    answer: Ints
    said: Ints

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether it was found, bool (w,)."""
        return self.answer >= 0

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether it was found and mask or no mask told rightly, bool (w,); a badly worn mask counts as none."""
        return self.found & (merged(self.label) == merged(self.said))


def face_results(scenes: Sequence[Scene], matches: Matches, threshold: float) -> FaceResults:
    """Turn matches on answers into what became of the faces."""
    shown = (matches.verdict == TRUE_POSITIVE) & (matches.score >= threshold)
    answer_to = {
        (int(s), int(f)): int(a)
        for s, f, a in zip(matches.scene[shown], matches.face[shown], matches.found[shown], strict=True)
    }
    scene, face = matches.wanted[:, 0], matches.wanted[:, 1]
    answer = np.array([answer_to.get((int(s), int(f)), -1) for s, f in matches.wanted], np.int64)
    label = np.array([scenes[s].gt_label[f] for s, f in matches.wanted], np.int64)
    said = np.array([scenes[s].found.label[a] if a >= 0 else -1 for s, a in zip(scene, answer, strict=True)], np.int64)
    return FaceResults(scene, face, label, answer, said)


def size_figures(scenes: Sequence[Scene], iou_threshold: float, threshold: float, size: str) -> dict[str, Any]:
    """Return the figures of one range of sizes; NaN where there is no such face.

    Args:
        scenes: all photos.
        iou_threshold: least overlap of a hit.
        threshold: lowest score that is shown.
        size: key of `SIZES_PX`.
    """
    low, high = SIZES_PX[size]
    matches = judge(scenes, MatchingParameters(iou_threshold, low, high))
    seen = face_results(scenes, matches, threshold)
    three = [_ap(scenes, MatchingParameters(iou_threshold, low, high, k)) for k in range(len(LABELS))]
    two = [_ap(scenes, MatchingParameters(iou_threshold, low, high, k, two_classes=True)) for k in (0, 1)]
    return {
        "faces": len(seen.label),
        "face_ap": precision_recall(matches).average,
        "map_3_classes": _mean(three),
        "map_2_classes": _mean(two),
        "ap_3_classes": dict(zip(LABELS, three, strict=True)),
        "ap_2_classes": dict(zip(LABELS[:2], two, strict=True)),
        **at_threshold(seen),
    }


def at_threshold(seen: FaceResults) -> dict[str, Any]:
    """Return what a visitor gets at one threshold.

    Returns:
        `recall`, `hit` (found and rightly labelled, two classes), `label_accuracy` (of those found), and
        `by_label`, which has faces, recall and label accuracy of each label.
    """
    by_label = {}
    for k, name in enumerate(LABELS):
        own = seen.label == k
        by_label[name] = {
            "faces": int(own.sum()),
            "recall": share(seen.found[own]),
            "label_accuracy": share(seen.right[own & seen.found]),
        }
    return {
        "recall": share(seen.found),
        "hit": share(seen.right),
        "label_accuracy": share(seen.right[seen.found]),
        "by_label": by_label,
    }


def curves(scenes: Sequence[Scene], iou_threshold: float) -> dict[str, dict[str, Curve]]:
    """Return the curves to draw: `{"labels": {"face", and each of LABELS}, "sizes": {each of SIZES_PX}}`."""

    def curve(question: MatchingParameters) -> Curve:
        return precision_recall(judge(scenes, question))

    labels = {"face": curve(MatchingParameters(iou_threshold))}
    labels |= {name: curve(MatchingParameters(iou_threshold, label=k)) for k, name in enumerate(LABELS)}
    sizes = {name: curve(MatchingParameters(iou_threshold, low, high)) for name, (low, high) in SIZES_PX.items()}
    return {"labels": labels, "sizes": sizes}


def false_positives(negatives: Mapping[str, Sequence[Found]], threshold: float) -> dict[str, dict[str, Any]]:
    """Return false false_positives on photos without faces.

    Args:
        negatives: answers by kind, like `{"grey": […], "tinted": […]}`.
        threshold: lowest score that is shown.

    Returns:
        By kind, and for all of them: `photos`, `per_photo`, `photos_with_any`.
    """
    kinds = {**negatives, "all": [found for kind in negatives.values() for found in kind]}
    figures = {}
    for kind, photos in kinds.items():
        counts = np.array([(found.score >= threshold).sum() for found in photos], float)
        figures[kind] = {"photos": len(photos), "per_photo": share(counts), "photos_with_any": share(counts > 0)}
    return figures


def operating_figures(
    scenes: Sequence[Scene],
    matches: Matches,
    threshold: float | None,
    negatives: Mapping[str, Sequence[Found]] | None,
) -> dict[str, Any]:
    """Return what a threshold gives, over all sizes.

    Args:
        scenes: all photos.
        matches: on all faces, labels ignored.
        threshold: lowest score that is shown; None for the one of the rule.
        negatives: see `false_positives`.
    """
    level = threshold_for(matches, len(scenes)) if threshold is None else threshold
    figures = {
        "threshold": level,
        "false_positives_per_photo": false_positives_per_photo(matches, len(scenes), level),
        **at_threshold(face_results(scenes, matches, level)),
    }
    return figures if negatives is None else figures | {"negatives": false_positives(negatives, level)}


def share(values: NDArray[Any]) -> float:
    """Return the mean, NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def _ap(scenes: Sequence[Scene], question: MatchingParameters) -> float:
    return precision_recall(judge(scenes, question)).average


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
