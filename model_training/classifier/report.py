"""Report of the classifier: metrics, training, confusion, curves, calibration, faces, errors, heat maps, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from sklearn.metrics import confusion_matrix

from model_training.classifier.examples import panels, worst_errors
from model_training.classifier.metrics import ClassifierPredictions
from model_training.evaluation.classification import roc, score_curve
from model_training.report import plots
from model_training.report.contact_sheets import sheet
from model_training.report.heat_maps import HEAT, NO_HEAT, Heat, heat_sheet
from model_training.report.page import page
from model_training.report.tables import confusion_table, interval_table
from model_training.report.training_curves import training_curves
from model_training.report.words import brackets_words, count, ends_words, percent, state, unbroken
from webapp.vision.crops import Frame

CURVE_METRICS = (("loss", "Loss", False), ("accuracy", "Accuracy", True))
CURVES = """<p>One label against the others, by its score. {}The numbers are the area under the curve and average
precision.</p>"""
RARE = "A badly worn mask is rare, so its precision falls early even where its ROC curve is high. "
CALIBRATION = """<p>The score of the prediction, the highest of a face. Predictions of .8 should be right eight times
of ten.</p>"""
PANELS = """<p>The prediction is drawn, in its colour, where its score is above .9. Elsewhere it is not certain, and
only the thin white box of the label is drawn.</p>"""
ERRORS = """<p>Check first whether the label is wrong.</p>"""
HOW = """<p>Crops are cut from the labelled boxes by the code that serves, so this measures the classifier alone, on
perfect boxes; a detector's boxes cost some accuracy more. Faces whose shorter side is under {min_side} px are left
out, ignored regions too.{left_out}</p>
<p>Intervals are 95 %, by the percentile bootstrap: {clusters} {units} resampled {resamples} times, each with all its
faces, since faces of one photo are not independent. They cover the choice of these photos, not how far other photos
differ from them.</p>
<p><b>Recall</b> is the fraction of a label's faces that are predicted so, <b>precision</b> the fraction of such
predictions that are right. Average precision counts every point of the curve, precision made to fall (PASCAL
VOC).{two_classes} The expected calibration error has ten bins of the same width (Guo et al. 2017).</p>"""
TWO_CLASSES = " On two classes a badly worn mask counts as none, after the prediction."


def render(
    predictions: ClassifierPredictions,
    metrics: Mapping[str, Any],
    epochs: Sequence[dict[str, float]] | None,
    heats: tuple[Sequence[Heat], Sequence[Heat]] | None,
    read: Callable[[str], Frame],
) -> str:
    """Return the report as one HTML file.

    Args:
        predictions: the faces and their predictions.
        metrics: as `metrics.json` has them.
        epochs: rows of the run's `metrics.csv`, None for an exported file.
        heats: of right predictions and of wrong ones, None for an exported file.
        read: returns a picture by its name, uint8 (H, W, 3) BGR.
    """
    heat = NO_HEAT
    if heats is not None:
        heat = HEAT + heat_sheet("Right", heats[0]) + heat_sheet("Wrong, the most confident first", heats[1])
    sections = {
        "metrics": ("Metrics", _metrics(metrics)),
        "training": ("Training", training_curves(epochs, CURVE_METRICS)),
        "confusion": ("Confusion matrix", _confusion(predictions)),
        "curves": ("ROC and precision over recall", _curves(predictions)),
        "calibration": ("Calibration of scores", _calibration(metrics)),
        "faces": ("Some of the faces", PANELS + sheet([panels(predictions)], read)),
        "errors": ("The worst errors", ERRORS + sheet([worst_errors(predictions)], read)),
        "heat": ("Grad-CAM", heat),
        "how": ("Method", _how(metrics)),
    }
    return page(f"Masks classified by {metrics['model']['name']}", _lead(metrics), sections)


def _lead(metrics: Mapping[str, Any]) -> str:
    model, accuracy = metrics["model"], metrics["accuracy"]
    two = ""
    if len(model["classes"]) == 3:
        binary = metrics["accuracy_2_classes"]
        two = f", and <b>{percent(binary['value'])}</b> ({ends_words(binary, percent)}) with or without a mask"
    classes = {2: "two", 3: "three"}[len(model["classes"])]
    return unbroken(
        f'<p class="lead">Of {count(metrics["faces"])} faces, <b>{percent(accuracy["value"])}</b> '
        f"({ends_words(accuracy, percent)}) are classified rightly on {classes} classes{two}. "
        f"{_confident(metrics['confident'])}</p>"
        f'<p class="note">{escape(model["name"])} ({escape(model["format"])}), {model["size_px"]} px; faces of '
        f"{escape(metrics['annotations'])}{_split(metrics)}. {escape(brackets_words(metrics))}</p>"
    )


def _metrics(metrics: Mapping[str, Any]) -> str:
    rows = [("all faces", metrics["faces"], metrics["accuracy"])]
    if len(metrics["model"]["classes"]) == 3:
        rows.append(("with or without a mask", metrics["faces"], metrics["accuracy_2_classes"]))
    sizes = metrics["sizes"]
    rows += [(f"shorter side {size['name'].replace('-', ' to ')}", size["faces"], size["accuracy"]) for size in sizes]
    by_label = metrics["by_label"]
    labels = [(state(name), own["faces"], own) for name, own in by_label.items()]
    return (
        interval_table("accuracy", "faces", [(name, faces, [interval]) for name, faces, interval in rows])
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
            percents=False,
        )
    )


def _confusion(predictions: ClassifierPredictions) -> str:
    classes = range(len(predictions.labels))
    matrix = confusion_matrix(predictions.gt_label, predictions.predicted_label, labels=classes)
    return confusion_table(matrix, [state(name) for name in predictions.labels], "labelled", "predicted")


def _curves(predictions: ClassifierPredictions) -> str:
    names = {name: state(name) for name in predictions.labels}
    by_label = {name: (predictions.score[:, k], predictions.gt_label == k) for k, name in enumerate(predictions.labels)}
    drawn = plots.roc_plot("ROC", {name: roc(*pair) for name, pair in by_label.items()}, names)
    precise = plots.curve_plot(
        "Precision over recall", {name: score_curve(*pair) for name, pair in by_label.items()}, names, None
    )
    rare = RARE if len(predictions.labels) == 3 else ""
    return f'{CURVES.format(rare)}<div class="plots">{drawn}{precise}</div>'


def _calibration(metrics: Mapping[str, Any]) -> str:
    drawn = plots.reliability_plot("Score of the prediction: is it right?", metrics["calibration"])
    return f'{CALIBRATION}<div class="plots">{drawn}</div>'


def _how(metrics: Mapping[str, Any]) -> str:
    left_out = metrics["left_out_worn_incorrectly"]
    note = f" The model knows two classes: {count(left_out)} badly worn masks are left out." if left_out else ""
    return HOW.format(
        min_side=f"{metrics['min_side_px']:g}",
        left_out=note,
        two_classes=TWO_CLASSES if len(metrics["model"]["classes"]) == 3 else "",
        clusters=count(metrics["clusters"]),
        units=escape(metrics["resampled_units"]),
        resamples=count(metrics["resamples"]),
    )


def _confident(confident: Mapping[str, Any]) -> str:
    if not confident["fraction"]["value"]:
        return "No prediction has a score above .9."
    fraction, right = percent(confident["fraction"]["value"]), percent(confident["accuracy"]["value"])
    return f"{fraction} of the predictions have a score above .9, and {right} of those are right."


def _split(metrics: Mapping[str, Any]) -> str:
    return f", split {escape(metrics['split'])}" if metrics["split"] else ""
