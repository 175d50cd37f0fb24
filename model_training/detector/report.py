"""Report of the detector: metrics, curves, calibration, slices, contact sheets, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from model_training.data.coco import GroundTruth
from model_training.detector import report_tables as detector_tables
from model_training.detector.examples import Picker, false_positives_without_faces
from model_training.evaluation.detection_metrics import curves, face_results
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import MatchingParameters, Scene, match_detections
from model_training.evaluation.predictions import Predictions
from model_training.report import plots
from model_training.report.contact_sheets import sheet
from model_training.report.page import page
from model_training.report.words import count, number, percent
from webapp.vision.crops import Frame

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
HOW = """
<p>Detections are those of the app itself: <code>python -m webapp detect --json --min-score 0.01</code>, with its
default settings. Sizes are measured with the photo's longer side scaled to 576 px. A face whose shorter side is under
12 px is ignored. Detections are matched photo by photo, the highest score first; each takes the free
face that it overlaps most, if they overlap (intersection over union) by .5, or .3 in a second evaluation; a second
detection of the same face is a false positive. Average precision counts every point of the curve (PASCAL VOC). Within
a range of sizes, faces outside it are left out, and a detection without a face counts only if its own size lies
inside.</p>
<p><b>Found</b> is the fraction of faces with a detection at the threshold. <b>End-to-end recall</b> requires the right
label too, and counts a badly worn mask as none: a missed face counts as an error. The threshold of the tables is the
lowest with 0.1 false positives per photo or fewer, for each overlap. Intervals are Wilson's, 95 %.</p>
<p>The labels have errors: background faces are not always labelled, so some false positives above are faces.</p>
"""
MISSES = """<p>No detection overlaps these faces by .3 with a score of {} or more. The white box is the label. <em>Best
score</em> is that of a detection that does, with a score below the threshold.</p>"""
FALSE_POSITIVES = """<p>Where no white box is drawn, no face is labelled: check whether there is one. The other boxes
are the app's.</p>"""
WRONG_LABELS = """<p>Predictions, with the wrong label. The white box is the label's, the other one the app's.</p>"""
CURVES = """<p>The ring marks 0.1 false positives per photo, over all faces. The numbers are average precision: the area
under a curve.</p>"""
CALIBRATION = """<p>A score of .8 should be right eight times of ten. Detections with a score from {}, the ones
that are shown, at IoU .5. An unlabelled background face counts as an error here, so the detection score is a little
better calibrated than the plot shows.</p>"""
SLICES = """<p>At a score of {}, where a photo has 0.1 false positives, and IoU .5. The bar is the 95 % interval; where
two bars overlap much, these photos do not separate the rows.</p>"""


def render(
    photos: Sequence[GroundTruth],
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
    loose, strict = metrics["iou_0.3"]["rule"]["threshold"], metrics["iou_0.5"]["rule"]["threshold"]
    matches = match_detections(scenes, MatchingParameters(0.3))
    picker = Picker(photos, scenes, face_results(scenes, matches, loose), attributes)
    strict_outcomes = face_results(scenes, match_detections(scenes, MatchingParameters(0.5)), loose)
    false_positives = [picker.false_positives(matches, loose), picker.loose_boxes(strict_outcomes)]
    if empty is not None:
        false_positives.insert(1, false_positives_without_faces(empty))
    bodies = {
        "metrics": _metrics(metrics),
        "curves": _curves(scenes, metrics),
        "calibration": _calibration(metrics),
        "slices": _slices(metrics, strict),
        "misses": MISSES.format(number(loose)) + sheet(picker.misses(), read),
        "false-positives": FALSE_POSITIVES + sheet(false_positives, read),
        "labels": WRONG_LABELS + sheet(picker.wrong_labels(), read),
        "how": HOW,
    }
    sections = {key: (heading, bodies[key]) for key, heading in SECTIONS.items()}
    return page("Where Mask Mirror fails", _lead(metrics), sections)


def _lead(metrics: Mapping[str, Any]) -> str:
    block, model = metrics["iou_0.3"], metrics["model"]
    at, values = (
        ("As shipped", block["shipped"]) if block["shipped"] else ("At 0.1 false positives per photo", block["rule"])
    )
    false_positives = number(values["false_positives_per_photo"], 2)
    detector, classifier = (escape(str(model.get(key, "unknown"))) for key in ("detector", "classifier"))
    return (
        f'<p class="lead">{at}, the app finds <b>{percent(values["recall"])}</b> of {count(metrics["faces"])} faces '
        f"in {count(metrics['photos'])} photos, labels <b>{percent(values['label_accuracy'])}</b> of those rightly "
        f"(mask or no mask), and gives <b>{false_positives}</b> false positives per photo.</p>"
        f'<p class="note">Detector {detector}, classifier {classifier}; photos of {escape(metrics["annotations"])}. '
        "A face counts as found if box and label overlap by .3.</p>"
    )


def _metrics(metrics: Mapping[str, Any]) -> str:
    return (
        "<p>Predictions and end-to-end recall at 0.1 false positives per photo; AP is average precision.</p>"
        + detector_tables.figures_by_size(metrics)
        + detector_tables.figures_by_label(metrics)
        + "<h3>Operating points</h3>"
        + detector_tables.thresholds(metrics)
    )


def _curves(scenes: Sequence[Scene], metrics: Mapping[str, Any]) -> str:
    drawn = {iou: curves(scenes, iou) for iou in (0.5, 0.3)}
    parts = []
    for key, what, names in (("labels", "By label", plots.LABEL_NAMES), ("sizes", "By size", plots.SIZE_NAMES)):
        for iou, both in drawn.items():
            rule = metrics[f"iou_{iou}"]["rule"]
            lines = {plots.SIZE_CLASSES.get(name, name): curve for name, curve in both[key].items()}
            point = _operating_point(rule, metrics["faces"], metrics["photos"])
            parts.append(plots.curve_plot(f"{what}, IoU {iou:.1f}".replace("0.", "."), lines, names, point))
    return f'{CURVES}<div class="plots">{"".join(parts)}</div>'


def _operating_point(rule: Mapping[str, Any], faces: int, photos: int) -> tuple[float, float] | None:
    true_positives, false_positives = rule["recall"] * faces, rule["false_positives_per_photo"] * photos
    return (rule["recall"], true_positives / (true_positives + false_positives)) if true_positives > 0 else None


def _calibration(metrics: Mapping[str, Any]) -> str:
    calibration = metrics["calibration"]
    detection = plots.reliability_plot("Detection score: is it a face?", calibration["detection"])
    label = plots.reliability_plot("Label score: is the label right (three classes)?", calibration["label"])
    return CALIBRATION.format(number(calibration["from_score"])) + f'<div class="plots">{detection}{label}</div>'


def _slices(metrics: Mapping[str, Any], threshold: float) -> str:
    return (
        SLICES.format(number(threshold))
        + detector_tables.slices(metrics, "iou_0.5")
        + "<details><summary>The same at IoU .3</summary>"
        + detector_tables.slices(metrics, "iou_0.3")
        + "</details>"
    )
