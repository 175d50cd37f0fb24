"""The classifier's page: figures, training, confusion, curves, calibration, faces, errors, heat maps, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from model_training.classifier.examples import panels, worst_errors
from model_training.classifier.metrics import Answers
from model_training.evaluation.classification import roc, score_curve
from model_training.report import plots
from model_training.report.contact_sheets import sheet
from model_training.report.heat_maps import HEAT, NO_HEAT, Heat, heat_sheet
from model_training.report.page import page
from model_training.report.tables import confusion_table, interval_table
from model_training.report.training_curves import training_curves
from model_training.report.words import brackets_words, count, ends_words, percent, state, unbroken
from webapp.vision.crops import Frame

CURVE_FIGURES = (("loss", "Loss", False), ("accuracy", "Accuracy", True))
CURVES = """<p>One label against the others, by its score. {}The figures are the area under the curve and average
precision.</p>"""
RARE = "A badly worn mask is rare, so its precision falls early even where its ROC curve looks fine. "
CALIBRATION = """<p>The score of the answer, which is the highest of a face. Answers of .8 should be right eight times
of ten.</p>"""
PANELS = """<p>The answer is drawn, in its colour, where its score is above .9. Elsewhere it is unsure, and only the
thin white box stands there, which is the label's.</p>"""
ERRORS = """<p>Look whether the label is wrong, before the answer is.</p>"""
HOW = """<p>Crops are cut from the labelled boxes by the code that serves, so this measures the classifier alone, on
perfect boxes; a detector's boxes cost some accuracy more. Faces whose shorter side is under {min_side} px are left
out, ignore regions too.{left_out}</p>
<p>Intervals are 95 %, by the percentile bootstrap: {clusters} {units} drawn anew {resamples} times, each with all its
faces, since faces of one photo are not independent. They tell how much these photos decide, not how far other photos
differ from them.</p>
<p><b>Recall</b> is the share of a label's faces that were told so, <b>precision</b> the share of such answers that
were right. Average precision counts every point of the curve, precision made to fall (PASCAL VOC).{two_classes} The
expected calibration error has ten bins of the same width (Guo et al. 2017).</p>"""
TWO_CLASSES = " On two classes a badly worn mask counts as none, after the answer was given."


def render(
    answers: Answers,
    metrics: Mapping[str, Any],
    epochs: Sequence[dict[str, float]] | None,
    heats: tuple[Sequence[Heat], Sequence[Heat]] | None,
    read: Callable[[str], Frame],
) -> str:
    """Return the report as one HTML file.

    Args:
        answers: the faces and what was said of them.
        metrics: as `metrics.json` has them.
        epochs: rows of the run's `metrics.csv`, None for an exported file.
        heats: of right answers and of wrong ones, None for an exported file.
        read: returns a picture by its name, uint8 (H, W, 3) BGR.
    """
    heat = NO_HEAT
    if heats is not None:
        heat = HEAT + heat_sheet("Right", heats[0]) + heat_sheet("Wrong, the surest first", heats[1])
    sections = {
        "figures": ("Figures", _figures(metrics)),
        "training": ("Training", training_curves(epochs, CURVE_FIGURES)),
        "confusion": ("What was taken for what", _confusion(answers)),
        "curves": ("ROC and precision over recall", _curves(answers)),
        "calibration": ("What a score means", _calibration(metrics)),
        "faces": ("Some of the faces", PANELS + sheet([panels(answers)], read)),
        "errors": ("The worst errors", ERRORS + sheet([worst_errors(answers)], read)),
        "heat": ("Where it looks", heat),
        "how": ("Method", _how(metrics)),
    }
    return page(f"How masks are told by {metrics['model']['name']}", _lead(metrics), sections)


def _lead(metrics: Mapping[str, Any]) -> str:
    model, accuracy = metrics["model"], metrics["accuracy"]
    two = ""
    if len(model["classes"]) == 3:
        share = metrics["accuracy_2_classes"]
        two = f", and <b>{percent(share['value'])}</b> ({ends_words(share, percent)}) with or without a mask"
    classes = {2: "two", 3: "three"}[len(model["classes"])]
    return unbroken(
        f'<p class="lead">Of {count(metrics["faces"])} faces, <b>{percent(accuracy["value"])}</b> '
        f"({ends_words(accuracy, percent)}) are told rightly on {classes} classes{two}. {_sure(metrics['sure'])}</p>"
        f'<p class="note">{escape(model["name"])} ({escape(model["format"])}), {model["size_px"]} px; faces of '
        f"{escape(metrics['annotations'])}{_split(metrics)}. {escape(brackets_words(metrics))}</p>"
    )


def _figures(metrics: Mapping[str, Any]) -> str:
    rows = [("all faces", metrics["faces"], metrics["accuracy"])]
    if len(metrics["model"]["classes"]) == 3:
        rows.append(("with or without a mask", metrics["faces"], metrics["accuracy_2_classes"]))
    sizes = metrics["sizes"]
    rows += [(f"shorter side {size['name'].replace('-', ' to ')}", size["faces"], size["accuracy"]) for size in sizes]
    by_label = metrics["by_label"]
    labels = [(state(name), own["faces"], own) for name, own in by_label.items()]
    return (
        interval_table("accuracy", "faces", [(name, faces, [share]) for name, faces, share in rows])
        + interval_table(
            "label",
            "faces",
            [(name, faces, [own["recall"], own["precision"]]) for name, faces, own in labels],
            ("recall", "precision"),
        )
        + interval_table(
            "label",
            "faces",
            [(name, faces, [own["roc_auc"], own["average_precision"]]) for name, faces, own in labels],
            ("area under the ROC curve", "average precision"),
            shares=False,
        )
    )


def _confusion(answers: Answers) -> str:
    matrix = np.zeros((len(answers.labels),) * 2, np.int64)
    np.add.at(matrix, (answers.truth, answers.said), 1)
    return confusion_table(matrix, [state(name) for name in answers.labels], "labelled", "answered")


def _curves(answers: Answers) -> str:
    names = {name: state(name) for name in answers.labels}
    by_label = {name: (answers.score[:, k], answers.truth == k) for k, name in enumerate(answers.labels)}
    drawn = plots.roc_plot("ROC", {name: roc(*pair) for name, pair in by_label.items()}, names)
    precise = plots.curve_plot(
        "Precision over recall", {name: score_curve(*pair) for name, pair in by_label.items()}, names, None
    )
    rare = RARE if len(answers.labels) == 3 else ""
    return f'{CURVES.format(rare)}<div class="plots">{drawn}{precise}</div>'


def _calibration(metrics: Mapping[str, Any]) -> str:
    drawn = plots.reliability_plot("Score of the answer: is it right?", metrics["calibration"])
    return f'{CALIBRATION}<div class="plots">{drawn}</div>'


def _how(metrics: Mapping[str, Any]) -> str:
    left_out = metrics["left_out_worn_incorrectly"]
    told = f" The model knows two classes: {count(left_out)} badly worn masks are left out." if left_out else ""
    return HOW.format(
        min_side=f"{metrics['min_side_px']:g}",
        left_out=told,
        two_classes=TWO_CLASSES if len(metrics["model"]["classes"]) == 3 else "",
        clusters=count(metrics["clusters"]),
        units=escape(metrics["resampled_units"]),
        resamples=count(metrics["resamples"]),
    )


def _sure(sure: Mapping[str, Any]) -> str:
    if not sure["share"]["value"]:
        return "It answers none of them above .9."
    share, right = percent(sure["share"]["value"]), percent(sure["accuracy"]["value"])
    return f"Above .9 it answers {share} of them, and {right} of those rightly."


def _split(metrics: Mapping[str, Any]) -> str:
    return f", split {escape(metrics['split'])}" if metrics["split"] else ""
