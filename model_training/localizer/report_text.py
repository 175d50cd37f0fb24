"""A localizer's main metrics for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_training.report.words import brackets_words, interval_words

METRICS = (
    ("mean_iou", "mean IoU, all faces"),
    ("mean_iou_found", "mean IoU, faces found"),
    ("iou_over_0.5", "IoU over .5"),
    ("iou_over_0.75", "IoU over .75"),
    ("located", "found, with IoU over .5"),
    ("roc_auc", "area under the ROC curve"),
    ("roc_auc_windows", "the same, face-free windows"),
    ("average_precision", "average precision"),
    ("accuracy", "face or none, all"),
)


NEAR_METRICS = (
    ("mean_iou", "mean IoU"),
    ("iou_over_0.5", "IoU over .5"),
    ("found", "found"),
    ("located", "found, with IoU over .5"),
    ("face_or_none", "face or none, with those without"),
    ("crops_found", "crops found"),
    ("face_or_none_crops", "face or none, crops"),
)
"""Of `close_up_metrics`; the last two where there are crops."""


def as_text(metrics: Mapping[str, Any]) -> str:
    """Return the main metrics for a terminal."""
    lines = [
        f"{metrics['samples']} samples, {metrics['faces']} of them with a face, {metrics['faces_found']} found at "
        f"{metrics['threshold']:g}. {brackets_words(metrics)}"
    ]
    lines += [f"{words:36}{interval_words(metrics[name])}" for name, words in METRICS]
    for kind, own in metrics["by_kind"].items():
        words = f"face or none, {kind} ({own['samples']})"
        lines.append(f"{words:36}{interval_words(own['accuracy'])}")
    if (near := metrics["close_ups"]) is not None:
        lines += _near_lines(near, metrics["crops_left_out"])
    if metrics["blind"] is not None:
        lines.append(metrics["blind"])
    return "\n".join(lines)


def _near_lines(near: Mapping[str, Any], left_out: int) -> list[str]:
    crops = f", {near['crops']} crops" if near["crops"] else ""
    crops += f" ({left_out} near-duplicates of training's left out)" if left_out else ""
    lines = [f"near the camera: {near['windows']} windows{crops}, {near['without_face']} pictures without a face"]
    return lines + [f"  {words:34}{interval_words(near[name])}" for name, words in NEAR_METRICS if name in near]
