"""A classifier's main metrics for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_training.report.words import brackets_words, interval_words


def as_text(metrics: Mapping[str, Any]) -> str:
    """Return the main metrics for a terminal."""
    drawn = f"{metrics['clusters']} {metrics['resampled_units']} resampled"
    lines = [f"accuracy {interval_words(metrics['accuracy'])}; {drawn}. {brackets_words(metrics)}"]
    for name, values in metrics["by_size"].items():
        three = f"3 classes {values['accuracy_3_classes']:.4f}  " if "accuracy_3_classes" in values else ""
        lines.append(
            f"{name:12} n {values['faces']:5}  2 classes {values['accuracy_2_classes']:.4f}  "
            f"{three}recall {values['recall']}"
        )
    for name, values in metrics["by_label"].items():
        keys = ("recall", "precision", "roc_auc", "average_precision")
        lines.append(f"{name:22}" + ", ".join(f"{key} {interval_words(values[key])}" for key in keys))
    if left_out := metrics["left_out_worn_incorrectly"]:
        lines.append(f"badly worn masks left out, since the model knows two classes: {left_out}")
    lines.append(f"expected calibration error {metrics['calibration']['expected_calibration_error']:.4f}")
    names = ", ".join(metrics["by_label"])
    lines.append(f"confusion matrix (rows: ground truth, columns: prediction; {names})")
    lines += [str(row) for row in metrics["by_size"]["all"]["confusion_matrix"]]
    return "\n".join(lines)
