"""Predictions of the app: as `predictions.json` has them, and as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.vision.detections import LABELS, Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class Predictions:
    """Detections of the app in one photo, in float64: a score rounded to float32 may change the order.

    Args:
        xyxy: float64 (n, 4), pixels.
        score: float64 (n,), detection scores in [0, 1].
        label: int64 (n,), index into `LABELS`.
        label_score: float64 (n,) in [0, 1]; NaN where unknown.
    """

    xyxy: Float64Array
    score: Float64Array
    label: IntArray
    label_score: Float64Array


def parse_predictions(data: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, Predictions]:
    """Return the content of `predictions.json`, by file name.

    Args:
        data: `{file_name: [[x1, y1, x2, y2, detection_score, label, label_score], …]}`; the last may be missing.

    Raises:
        ValueError: a label is unknown; the message names the photo.
    """
    found = {}
    for name, rows in data.items():
        if unknown := {row[5] for row in rows} - set(LABELS):
            raise ValueError(f"{name}: unknown labels {sorted(unknown)}, expected {LABELS}")
        found[name] = Predictions(
            np.array([row[:4] for row in rows], float).reshape(-1, 4),
            np.array([row[4] for row in rows], float),
            np.array([LABELS.index(row[5]) for row in rows], np.int64),
            np.array([row[6] if len(row) > 6 else np.nan for row in rows], float),
        )
    return found


def as_row(face: Mapping[str, Any]) -> list[Any]:
    """Return one of the app's `faces` as a row of `predictions.json`."""
    return [*face["box"], face["detection_score"], face["label"], face["label_score"]]
