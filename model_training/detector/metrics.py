"""Everything that `metrics.json` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_training.data.coco import GroundTruth
from model_training.evaluation.detection_metrics import SIZES_PX, face_results, operating_figures, size_figures
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import Matches, MatchingParameters, Scene, judge
from model_training.evaluation.predictions import Found
from model_training.evaluation.reliability import detection_calibration, label_calibration
from model_training.evaluation.slices import slice_table

IOU_THRESHOLDS = (0.5, 0.3)


def measure(
    photos: Sequence[GroundTruth],
    scenes: Sequence[Scene],
    attributes: Sequence[FaceAttributes],
    negatives: Mapping[str, Sequence[Found]] | None,
    shipped_threshold: float | None,
) -> dict[str, Any]:
    """Return all figures.

    Args:
        photos: the truth.
        scenes: the same photos with answers.
        attributes: of every wanted face, in the order of `Matches.wanted`.
        negatives: answers on photos without faces, by kind; None where there are none.
        shipped_threshold: lowest score that the app shows; None where unknown.

    Returns:
        `photos`, `faces`, `calibration` (at IoU .5, answers from the shipped threshold on, or from the rule's), and for
        each overlap a block `iou_0.5`, `iou_0.3`: `rule` and `shipped` (what the two thresholds give), `sizes` and
        `slices` (at the rule's threshold).
    """
    blocks: dict[str, Any] = {}
    matches: dict[float, Matches] = {}
    for iou_threshold in IOU_THRESHOLDS:
        matches[iou_threshold] = on_faces = judge(scenes, MatchingParameters(iou_threshold))
        rule = operating_figures(scenes, on_faces, None, negatives)
        shipped = None
        if shipped_threshold is not None:
            shipped = operating_figures(scenes, on_faces, shipped_threshold, negatives)
        level = rule["threshold"]
        blocks[f"iou_{iou_threshold}"] = {
            "rule": rule,
            "shipped": shipped,
            "sizes": {size: size_figures(scenes, iou_threshold, level, size) for size in SIZES_PX},
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


def card_figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a card says under `metrics`.

    Args:
        metrics: as `metrics.json` has them.

    Returns:
        Shares in [0, 1], for overlaps of .5 and .3, by size of the face.
    """
    tight, loose = metrics["iou_0.5"], metrics["iou_0.3"]
    figures: dict[str, Any] = {"photos": metrics["photos"], "faces": metrics["faces"]}
    names = {"face_ap": "face_ap", "map_2_classes": "map_2_classes", "map_3_classes": "map_3_classes", "hit": "hit"}
    for size in tight["sizes"]:
        figures["all faces" if size == "all" else f"faces {size} px"] = {
            f"{name} {overlap}": round(block["sizes"][size][key], 3)
            for name, key in names.items()
            for overlap, block in ((".5", tight), (".3", loose))
        }
    for kind, counted in tight["shipped"].get("negatives", {}).items():
        if kind != "all":
            figures[f"false faces a photo, {kind}"] = round(counted["per_photo"], 3)
    return figures
