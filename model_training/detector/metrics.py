"""Metrics of the detector: the content of `metrics.json`, and the part of it that a card quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_training.data.annotations import Photo
from model_training.evaluation.detection_metrics import SIZES_PX, face_results, operating_metrics, size_metrics
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import Matches, MatchingParameters, Scene, match_detections
from model_training.evaluation.predictions import Predictions
from model_training.evaluation.reliability import detection_calibration, label_calibration
from model_training.evaluation.slices import slice_table

IOU_THRESHOLDS = (0.5, 0.3)


def measure(
    photos: Sequence[Photo],
    scenes: Sequence[Scene],
    attributes: Sequence[FaceAttributes],
    negatives: Mapping[str, Sequence[Predictions]] | None,
    shipped_threshold: float | None,
) -> dict[str, Any]:
    """Return all metrics.

    Args:
        photos: the ground truth.
        scenes: the same photos with predictions.
        attributes: of every ground-truth face that is not ignored, in the order of `Matches.gt_faces`.
        negatives: predictions on photos without faces, by kind; None where there are none.
        shipped_threshold: lowest score that the app shows; None where unknown.

    Returns:
        `photos`, `faces`, `calibration` (at IoU .5, detections from the shipped threshold on, or from the rule's), and
        for each overlap a block `iou_0.5`, `iou_0.3`: `rule` and `shipped` (metrics at the two thresholds), `sizes` and
        `slices` (at the rule's threshold).
    """
    blocks: dict[str, Any] = {}
    matches: dict[float, Matches] = {}
    for iou_threshold in IOU_THRESHOLDS:
        matches[iou_threshold] = on_faces = match_detections(scenes, MatchingParameters(iou_threshold))
        rule = operating_metrics(scenes, on_faces, None, negatives)
        shipped = None
        if shipped_threshold is not None:
            shipped = operating_metrics(scenes, on_faces, shipped_threshold, negatives)
        level = rule["threshold"]
        blocks[f"iou_{iou_threshold}"] = {
            "rule": rule,
            "shipped": shipped,
            "sizes": {size: size_metrics(scenes, iou_threshold, level, size) for size in SIZES_PX},
            "slices": slice_table(photos, scenes, face_results(scenes, on_faces, level), attributes),
        }
    first = IOU_THRESHOLDS[0]
    shown_from = blocks[f"iou_{first}"]["rule"]["threshold"] if shipped_threshold is None else shipped_threshold
    calibration = {
        "from_score": shown_from,
        "detection": detection_calibration(matches[first], shown_from),
        "label": label_calibration(scenes, matches[first], shown_from),
    }
    return {"photos": len(photos), "faces": len(attributes), **blocks, "calibration": calibration}


def card_metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `metrics` of a card.

    Args:
        metrics: as `metrics.json` has them.

    Returns:
        Fractions in [0, 1], for overlaps of .5 and .3, by size of the face.
    """
    tight, loose = metrics["iou_0.5"], metrics["iou_0.3"]
    card: dict[str, Any] = {"photos": metrics["photos"], "faces": metrics["faces"]}
    names = {
        "face_ap": "face_ap",
        "map_2_classes": "map_2_classes",
        "map_3_classes": "map_3_classes",
        "end-to-end recall": "end_to_end_recall",
    }
    for size in tight["sizes"]:
        card["all faces" if size == "all" else f"faces {size} px"] = {
            f"{name} {overlap}": round(block["sizes"][size][key], 3)
            for name, key in names.items()
            for overlap, block in ((".5", tight), (".3", loose))
        }
    # Where the app's own threshold is unknown, the rule's stands in, as it does for the calibration.
    for kind, counted in (tight["shipped"] or tight["rule"]).get("negatives", {}).items():
        if kind != "all":
            card[f"false positives per photo, {kind}"] = round(counted["per_photo"], 3)
    return card
