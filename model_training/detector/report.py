"""Report of the detector: metrics, curves, calibration, slices, contact sheets, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_training.data.annotations import Photo
from model_training.detector import report_tables as detector_tables
from model_training.detector.examples import Picker, false_positives_without_faces
from model_training.evaluation.detection_metrics import curves, face_results
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import MatchingParameters, Scene, match_detections
from model_training.evaluation.predictions import Predictions
from model_training.report import plots
from model_training.report.contact_sheets import sheets
from model_training.report.page import render_page
from webapp.vision.frames import Frame

SECTIONS = {
    "metrics": "Metrics",
    "curves": "Precision and recall",
    "calibration": "Calibration of scores",
    "slices": "Slices",
    "misses": "Missed faces",
    "false-positives": "False positives",
    "labels": "Wrong labels",
    "how": "Method",
}


def render(
    photos: Sequence[Photo],
    scenes: Sequence[Scene],
    attributes: Sequence[FaceAttributes],
    empty: Mapping[str, Predictions] | None,
    metrics: Mapping[str, Any],
    read: Callable[[str], Frame],
) -> str:
    """Return the report as one HTML file.

    Args:
        photos: the ground truth.
        scenes: the same photos with predictions.
        attributes: of every ground-truth face that is not ignored.
        empty: predictions on photos without faces, by name; None where there are none.
        metrics: see `measure`, with `model` and `annotations`.
        read: returns a photo by its name, uint8 (H, W, 3) BGR.
    """
    loose = metrics["iou_0.3"]["rule"]["threshold"]
    matches = match_detections(scenes, MatchingParameters(0.3))
    picker = Picker(photos, scenes, face_results(scenes, matches, loose), attributes)
    strict_outcomes = face_results(scenes, match_detections(scenes, MatchingParameters(0.5)), loose)
    false_positives = [picker.false_positives(matches, loose), picker.loose_boxes(strict_outcomes)]
    if empty is not None:
        false_positives.insert(1, false_positives_without_faces(empty))
    return render_page(
        "detector.html",
        "Where Mask Mirror fails",
        SECTIONS,
        metrics=metrics,
        by_size=detector_tables.figures_by_size(metrics),
        by_label=detector_tables.figures_by_label(metrics),
        operating_points=detector_tables.thresholds(metrics),
        curves=_curves(scenes, metrics),
        calibration=_calibration(metrics["calibration"]),
        slices={block: detector_tables.slices(metrics, block) for block in ("iou_0.5", "iou_0.3")},
        misses=sheets(picker.misses(), read),
        false_positives=sheets(false_positives, read),
        wrong_labels=sheets(picker.wrong_labels(), read),
    )


def _curves(scenes: Sequence[Scene], metrics: Mapping[str, Any]) -> list[plots.Plot]:
    drawn = {iou: curves(scenes, iou) for iou in (0.5, 0.3)}
    shown = []
    for key, what, names in (("labels", "By label", plots.LABEL_NAMES), ("sizes", "By size", plots.SIZE_NAMES)):
        for iou, both in drawn.items():
            rule = metrics[f"iou_{iou}"]["rule"]
            lines = {plots.SIZE_CLASSES.get(name, name): curve for name, curve in both[key].items()}
            point = _operating_point(rule, metrics["faces"], metrics["photos"])
            shown.append(plots.curve_plot(f"{what}, IoU {iou:.1f}".replace("0.", "."), lines, names, point))
    return shown


def _operating_point(rule: Mapping[str, Any], faces: int, photos: int) -> tuple[float, float] | None:
    true_positives, false_positives = rule["recall"] * faces, rule["false_positives_per_photo"] * photos
    return (rule["recall"], true_positives / (true_positives + false_positives)) if true_positives > 0 else None


def _calibration(calibration: Mapping[str, Any]) -> list[plots.Plot]:
    return [
        plots.reliability_plot("Detection score: is it a face?", calibration["detection"]),
        plots.reliability_plot("Label score: is the label right (three classes)?", calibration["label"]),
    ]
