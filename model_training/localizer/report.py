"""Report of the localizer: metrics, training, ROC, boxes, calibration, samples, errors, heat maps, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_training.localizer.examples import loosest_windows, panels, sample_name, worst_errors
from model_training.localizer.metrics import Located, precision_curves, roc_curves
from model_training.localizer.samples import EMPTY_PHOTO, FACE_FREE_WINDOW
from model_training.report import plots
from model_training.report.contact_sheets import sheets
from model_training.report.heat_maps import Heat, pairs
from model_training.report.page import render_page
from model_training.report.tables import Table, interval_table
from model_training.report.training_curves import training_curves
from model_training.report.words import brackets_words
from webapp.vision.frames import Frame

SECTIONS = {
    "metrics": "Metrics",
    "near": "Near the camera",
    "training": "Training",
    "score": "Is there a face?",
    "boxes": "Where is it?",
    "samples": "Some of the samples",
    "errors": "The worst errors",
    "heat": "Grad-CAM",
    "how": "Method",
}
CURVE_METRICS = (
    ("loss", "Loss", False),
    ("accuracy", "Accuracy: face or none", True),
    ("iou", "Mean IoU", True),
)
CURVE_STYLES = {
    "all": ("face", "against all without a face"),
    FACE_FREE_WINDOW: ("medium", "against face-free windows"),
    EMPTY_PHOTO: ("small", "against empty photos"),
}
"""CSS class and name of each curve."""


def render(
    located: Located,
    metrics: Mapping[str, Any],
    epochs: Sequence[dict[str, float]] | None,
    heats: Mapping[str, Sequence[Heat]] | None,
    close_ups: Located | None = None,
) -> str:
    """Return the report as one HTML file.

    Args:
        located: the samples and the predictions.
        metrics: as `metrics.json` has them.
        epochs: rows of the run's `metrics.csv`, None for an exported file.
        heats: by heading, None for an exported file.
        close_ups: faces near the camera, likewise; None where not measured.
    """
    shown = (located,) if close_ups is None else (located, close_ups)
    samples = {sample_name(part, i): sample for part in shown for i, sample in enumerate(part.samples)}

    def read(name: str) -> Frame:
        return samples[name].frame

    by_kind = metrics["by_kind"]
    empty = by_kind.get(EMPTY_PHOTO)
    return render_page(
        "localizer.html",
        f"Faces localized by {metrics['model']['name']}",
        SECTIONS,
        metrics=metrics,
        intervals=brackets_words(metrics),
        windows=by_kind.get(FACE_FREE_WINDOW),
        all_grey=empty is not None and metrics["grey_empty_photos"] == empty["samples"],
        **_metrics(metrics),
        near=_near(close_ups, metrics["close_ups"], read),
        training=training_curves(epochs, CURVE_METRICS),
        areas=_areas(metrics),
        score_plots=_score_plots(located, metrics),
        overlap_plot=plots.histogram_plot(
            "Overlap of the boxes", metrics["iou_histogram"], "IoU of box and face", "faces, found or not"
        ),
        samples=sheets([panels(located)], read),
        errors=sheets(worst_errors(located), read),
        heat_maps=None if heats is None else pairs(heats),
    )


def _metrics(metrics: Mapping[str, Any]) -> dict[str, Table]:
    faces, by_kind = metrics["faces"], metrics["by_kind"]
    accuracy = [("all", metrics["samples"], [metrics["accuracy"]])]
    accuracy += [(name, own["samples"], [own["accuracy"]]) for name, own in by_kind.items()]
    overlaps = [
        ("all faces", faces, [metrics["mean_iou"]]),
        ("faces found", metrics["faces_found"], [metrics["mean_iou_found"]]),
    ]
    overlaps += [(name, own["samples"], [own["mean_iou"]]) for name, own in by_kind.items() if "mean_iou" in own]
    boxes = [
        ("IoU over .5", faces, [metrics["iou_over_0.5"]]),
        ("IoU over .75", faces, [metrics["iou_over_0.75"]]),
        ("found, with IoU over .5", faces, [metrics["located"]]),
    ]
    return {
        "accuracy": interval_table("face or no face, right", "samples", accuracy),
        "overlaps": interval_table("mean IoU", "faces", overlaps, percents=False),
        "box_table": interval_table("boxes", "faces", boxes),
    }


def _near(
    close_ups: Located | None, near: Mapping[str, Any] | None, read: Callable[[str], Frame]
) -> dict[str, Any] | None:
    if close_ups is None or near is None:
        return None
    empty = near["without_face"]
    found = [
        ("close windows found", near["windows"], [near["found"]]),
        ("found, with IoU over .5", near["windows"], [near["located"]]),
        ("IoU over .5", near["windows"], [near["iou_over_0.5"]]),
        ("face or none, windows and pictures without", near["windows"] + empty, [near["face_or_none"]]),
    ]
    if near["crops"]:
        found.append(("ready crops found", near["crops"], [near["crops_found"]]))
        found.append(("face or none, crops and pictures without", near["crops"] + empty, [near["face_or_none_crops"]]))
    overlap = [("close windows", near["windows"], [near["mean_iou"]])]
    return {
        "overlap": interval_table("mean IoU", "windows", overlap, percents=False),
        "found": interval_table("near the camera", "pictures", found),
        "loosest": sheets([loosest_windows(close_ups)], read),
    }


def _areas(metrics: Mapping[str, Any]) -> Table:
    areas = [
        ("under the ROC curve", metrics["samples"], [metrics["roc_auc"]]),
        ("average precision", metrics["samples"], [metrics["average_precision"]]),
    ]
    windows = metrics["by_kind"].get(FACE_FREE_WINDOW)
    if windows is not None:
        counted = metrics["faces"] + windows["samples"]
        areas.insert(1, ("under the ROC curve, face-free windows", counted, [metrics["roc_auc_windows"]]))
    return interval_table("area", "samples", areas, percents=False)


def _score_plots(located: Located, metrics: Mapping[str, Any]) -> list[plots.Plot]:
    names = dict(CURVE_STYLES.values())
    curves = {CURVE_STYLES[name][0]: curve for name, curve in roc_curves(located).items()}
    precise = {CURVE_STYLES[name][0]: curve for name, curve in precision_curves(located).items()}
    return [
        plots.roc_plot("ROC of the score", curves, names),
        plots.curve_plot("Precision over recall", precise, names, _operating_point(located)),
        plots.reliability_plot("Score: is there a face?", metrics["calibration"]),
    ]


def _operating_point(located: Located) -> tuple[float, float] | None:
    # Recall and precision at the threshold.
    true_positives, predictions = int((located.present & located.found).sum()), int(located.found.sum())
    return (true_positives / int(located.present.sum()), true_positives / predictions) if predictions else None
