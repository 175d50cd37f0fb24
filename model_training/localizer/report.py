"""Report of the localizer: metrics, training, ROC, boxes, calibration, samples, errors, heat maps, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from model_training.localizer.examples import loosest_windows, panels, sample_name, worst_errors
from model_training.localizer.metrics import Located, precision_curves, roc_curves
from model_training.localizer.samples import EMPTY_PHOTO, FACE_FREE_WINDOW
from model_training.report import plots
from model_training.report.contact_sheets import sheet
from model_training.report.heat_maps import HEAT, NO_HEAT, Heat, heat_sheet
from model_training.report.page import page
from model_training.report.tables import interval_table
from model_training.report.training_curves import training_curves
from model_training.report.words import brackets_words, count, ends_words, number, percent, unbroken
from webapp.vision.crops import Frame

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

ALL_GREY = """All photos without faces are grey, so a network that takes colour for a face would be right about every
one of them. """
WINDOWS_NOTE = """Face-free windows are cut out of the photos with faces and are harder; a few may show a part of a
face, or one that is not labelled."""
NEAR = """<p>Windows cut around the large faces of the same photos: the face covers 20 to 80 % of the window, and an
edge cuts it in every third. A webcam shows the face of its user like this.</p>"""
SCORE = """<p>The fewer faces there are among the samples, the lower precision lies; ROC curves stay, and compare with
those of other sets. The ring marks the threshold, against all without a face. Calibrated scores lie on the diagonal of
the last plot: of squares scored .8, eight of ten show a face.</p>"""
PANELS = """<p>White: the label's box. Blue: the localizer's, drawn where its score is above .9. Between .1 and .9 it is
uncertain.</p>"""
ERRORS = "<p>White: the label's box. Blue: the localizer's, whatever its score.</p>"
HOW = """<p>Each photo gives at most one square with a face, itself if it shows one face that is large enough and else a
window around one, and at most one window without any. Windows are drawn with a seed: the same ones every time. The
squares are letterboxed as serving does it, and not augmented.</p>
<p>A face is found from a score of {threshold} on{why}. IoU is the intersection of two boxes over their union.
<b>Mean IoU</b> counts every face, found or not; a box is always there, whatever its score. Intervals are 95 %, by the
percentile bootstrap: {clusters} photos resampled {resamples} times, each with all its squares and with whatever a
manifest keeps together with it, since they are not independent. The expected calibration error has ten bins of the
same width (Guo et al. 2017).</p>"""


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

    heat = NO_HEAT
    if heats is not None:
        heat = HEAT + "".join(heat_sheet(title, cards) for title, cards in heats.items())
    sections = {
        "metrics": ("Metrics", _metrics(metrics)),
        "near": ("Near the camera", _near(close_ups, metrics, read)),
        "training": ("Training", training_curves(epochs, CURVE_METRICS)),
        "score": ("Is there a face?", _score(located, metrics)),
        "boxes": ("Where is it?", _boxes(metrics)),
        "samples": ("Some of the samples", PANELS + sheet([panels(located)], read)),
        "errors": ("The worst errors", ERRORS + sheet(worst_errors(located), read)),
        "heat": ("Grad-CAM", heat),
        "how": ("Method", _how(metrics)),
    }
    return page(f"Faces localized by {metrics['model']['name']}", _lead(metrics), sections)


def _lead(metrics: Mapping[str, Any]) -> str:
    model, windows = metrics["model"], metrics["by_kind"].get(FACE_FREE_WINDOW)
    colour = ""
    if windows is not None:
        colour = (
            f", and of {count(windows['samples'])} face-free windows <b>{percent(windows['accuracy']['value'])}</b>"
        )
    split = f", split {escape(metrics['split'])}" if metrics["split"] else ""
    blind = f'<p class="lead">{escape(metrics["blind"])}</p>' if metrics["blind"] is not None else ""
    return unbroken(
        blind + f'<p class="lead">Of {count(metrics["faces"])} faces, <b>{percent(metrics["located"]["value"])}</b> '
        f"({ends_words(metrics['located'], percent)}) are found by a box that overlaps them by more than .5. "
        f"The mean overlap is <b>{number(metrics['mean_iou']['value'])}</b> "
        f"({ends_words(metrics['mean_iou'], number)}). Face or no face is right for "
        f"<b>{percent(metrics['accuracy']['value'])}</b> of all samples{colour}.</p>"
        f'<p class="note">{escape(model["name"])} ({escape(model["format"])}), {model["size_px"]} px; photos of '
        f"{escape(metrics['annotations'])}{split}. {escape(brackets_words(metrics))}</p>"
    )


def _metrics(metrics: Mapping[str, Any]) -> str:
    faces, by_kind = metrics["faces"], metrics["by_kind"]
    accuracy = [("all", metrics["samples"], [metrics["accuracy"]])]
    accuracy += [(escape(name), own["samples"], [own["accuracy"]]) for name, own in by_kind.items()]
    overlaps = [
        ("all faces", faces, [metrics["mean_iou"]]),
        ("faces found", metrics["faces_found"], [metrics["mean_iou_found"]]),
    ]
    overlaps += [
        (escape(name), own["samples"], [own["mean_iou"]]) for name, own in by_kind.items() if "mean_iou" in own
    ]
    boxes = [
        ("IoU over .5", faces, [metrics["iou_over_0.5"]]),
        ("IoU over .75", faces, [metrics["iou_over_0.75"]]),
        ("found, with IoU over .5", faces, [metrics["located"]]),
    ]
    return (
        interval_table("face or no face, right", "samples", accuracy)
        + _kinds_note(metrics)
        + interval_table("mean IoU", "faces", overlaps, percents=False)
        + interval_table("boxes", "faces", boxes)
    )


def _near(close_ups: Located | None, metrics: Mapping[str, Any], read: Callable[[str], Frame]) -> str:
    near = metrics["close_ups"]
    if close_ups is None or near is None:
        return "<p>No windows around large faces were measured.</p>"
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
    return (
        NEAR
        + interval_table("mean IoU", "windows", overlap, percents=False)
        + interval_table("near the camera", "pictures", found)
        + sheet([loosest_windows(close_ups)], read)
    )


def _kinds_note(metrics: Mapping[str, Any]) -> str:
    empty = metrics["by_kind"].get(EMPTY_PHOTO)
    grey_note = ALL_GREY if empty is not None and metrics["grey_empty_photos"] == empty["samples"] else ""
    return f"<p>{grey_note}{WINDOWS_NOTE}</p>"


def _score(located: Located, metrics: Mapping[str, Any]) -> str:
    names = dict(CURVE_STYLES.values())
    curves = {CURVE_STYLES[name][0]: curve for name, curve in roc_curves(located).items()}
    precise = {CURVE_STYLES[name][0]: curve for name, curve in precision_curves(located).items()}
    drawn = (
        plots.roc_plot("ROC of the score", curves, names)
        + plots.curve_plot("Precision over recall", precise, names, _operating_point(located))
        + plots.reliability_plot("Score: is there a face?", metrics["calibration"])
    )
    areas = [
        ("under the ROC curve", metrics["samples"], [metrics["roc_auc"]]),
        ("average precision", metrics["samples"], [metrics["average_precision"]]),
    ]
    windows = metrics["by_kind"].get(FACE_FREE_WINDOW)
    if windows is not None:
        counted = metrics["faces"] + windows["samples"]
        areas.insert(1, ("under the ROC curve, face-free windows", counted, [metrics["roc_auc_windows"]]))
    return SCORE + interval_table("area", "samples", areas, percents=False) + f'<div class="plots">{drawn}</div>'


def _operating_point(located: Located) -> tuple[float, float] | None:
    # Recall and precision at the threshold.
    true_positives, predictions = int((located.present & located.found).sum()), int(located.found.sum())
    return (true_positives / int(located.present.sum()), true_positives / predictions) if predictions else None


def _boxes(metrics: Mapping[str, Any]) -> str:
    counts = metrics["iou_histogram"]
    drawn = plots.histogram_plot("Overlap of the boxes", counts, "IoU of box and face", "faces, found or not")
    return f'<div class="plots">{drawn}</div>'


def _how(metrics: Mapping[str, Any]) -> str:
    exported = metrics["model"]["format"] != "Keras"
    return HOW.format(
        threshold=f"{metrics['threshold']:g}",
        why=", as its card has it" if exported else ", until an export has chosen a threshold",
        clusters=count(metrics["clusters"]),
        resamples=count(metrics["resamples"]),
    )
