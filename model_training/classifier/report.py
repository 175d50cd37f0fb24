"""Report of the classifier: metrics, training, confusion, curves, calibration, faces, errors, heat maps, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sklearn.metrics import confusion_matrix

from model_training.classifier.examples import panels, worst_errors
from model_training.classifier.metrics import ClassifierPredictions
from model_training.evaluation.classification import roc, score_curve
from model_training.report import plots
from model_training.report.contact_sheets import sheets
from model_training.report.heat_maps import Heat, pairs
from model_training.report.page import render_page
from model_training.report.tables import Confusion, Table, interval_table
from model_training.report.training_curves import training_curves
from model_training.report.words import brackets_words
from webapp.vision.frames import Frame

SECTIONS = {
    "metrics": "Metrics",
    "training": "Training",
    "confusion": "Confusion matrix",
    "curves": "ROC and precision over recall",
    "calibration": "Calibration of scores",
    "faces": "Some of the faces",
    "errors": "The worst errors",
    "heat": "Grad-CAM",
    "how": "Method",
}
CURVE_METRICS = (("loss", "Loss", False), ("accuracy", "Accuracy", True))


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
    heat_maps = None if heats is None else {"Right": heats[0], "Wrong, the most confident first": heats[1]}
    return render_page(
        "classifier.html",
        f"Masks classified by {metrics['model']['name']}",
        SECTIONS,
        metrics=metrics,
        intervals=brackets_words(metrics),
        metric_tables=_metrics(metrics),
        training=training_curves(epochs, CURVE_METRICS),
        confusion=_confusion(predictions),
        curves=_curves(predictions),
        calibration=plots.reliability_plot("Score of the prediction: is it right?", metrics["calibration"]),
        faces=sheets([panels(predictions)], read),
        errors=sheets([worst_errors(predictions)], read),
        heat_maps=None if heat_maps is None else pairs(heat_maps),
    )


def _metrics(metrics: Mapping[str, Any]) -> list[Table]:
    rows = [("all faces", metrics["faces"], metrics["accuracy"])]
    if len(metrics["model"]["classes"]) == 3:
        rows.append(("with or without a mask", metrics["faces"], metrics["accuracy_2_classes"]))
    sizes = metrics["sizes"]
    rows += [(f"shorter side {size['name'].replace('-', ' to ')}", size["faces"], size["accuracy"]) for size in sizes]
    labels = [(name, own["faces"], own) for name, own in metrics["by_label"].items()]
    return [
        interval_table("accuracy", "faces", [(name, faces, [interval]) for name, faces, interval in rows]),
        interval_table(
            "label",
            "faces",
            [(name, faces, [own["recall"], own["precision"]]) for name, faces, own in labels],
            ("recall", "precision"),
        ),
        interval_table(
            "label",
            "faces",
            [(name, faces, [own["roc_auc"], own["average_precision"]]) for name, faces, own in labels],
            ("area under the ROC curve", "average precision"),
            percents=False,
        ),
    ]


def _confusion(predictions: ClassifierPredictions) -> Confusion:
    classes = range(len(predictions.labels))
    matrix = confusion_matrix(predictions.gt_label, predictions.predicted_label, labels=classes)
    return Confusion(list(zip(predictions.labels, matrix.tolist(), strict=True)), "labelled", "predicted")


def _curves(predictions: ClassifierPredictions) -> list[plots.Plot]:
    names = {name: name for name in predictions.labels}
    by_label = {name: (predictions.score[:, k], predictions.gt_label == k) for k, name in enumerate(predictions.labels)}
    precise = {name: score_curve(*pair) for name, pair in by_label.items()}
    return [
        plots.roc_plot("ROC", {name: roc(*pair) for name, pair in by_label.items()}, names),
        plots.curve_plot("Precision over recall", precise, names, None),
    ]
