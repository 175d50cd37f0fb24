"""The two things that are compared: labelled photos, and what was found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.photos import read_coco
from webapp.vision.detections import LABELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TruePhoto:
    """What people say about one photo.

    Args:
        name: file name, relative to the folder of photos.
        resolution_wh: width and height, pixels.
        source: name of the set it comes from.
        xyxy: float64 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        doubtful: bool (n,), neither face nor background (COCO's `iscrowd`).
    """

    name: str
    resolution_wh: tuple[int, int]
    source: str
    xyxy: Floats
    label: Ints
    doubtful: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Found:
    """What the app says about one photo. Doubles, since a score rounded to float32 may change the order.

    Args:
        xyxy: float64 (n, 4), pixels.
        score: float64 (n,), detection scores in [0, 1].
        label: int64 (n,), index into `LABELS`.
        label_score: float64 (n,) in [0, 1]; NaN where the predictions do not tell it.
    """

    xyxy: Floats
    score: Floats
    label: Ints
    label_score: Floats


def read_truth(annotations: Path, split: str | None = None) -> list[TruePhoto]:
    """Read a COCO file without its pictures.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        split: see `read_coco`.

    Raises:
        ValueError: a category is unknown; the message names it.
    """
    return [
        TruePhoto(
            image.entry["file_name"],
            (image.entry["width"], image.entry["height"]),
            image.entry.get("source", ""),
            np.hstack([image.xywh[:, :2], image.xywh[:, :2] + image.xywh[:, 2:]]),
            image.label,
            image.doubtful,
        )
        for image in read_coco(annotations, split)
    ]


def parse_predictions(data: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, Found]:
    """Return what `predictions.json` says, by file name.

    Args:
        data: `{file_name: [[x1, y1, x2, y2, detection_score, label, label_score], …]}`; the last may be missing.

    Raises:
        ValueError: a label is unknown; the message names the photo.
    """
    found = {}
    for name, rows in data.items():
        if unknown := {row[5] for row in rows} - set(LABELS):
            raise ValueError(f"{name}: unknown labels {sorted(unknown)}, expected {LABELS}")
        found[name] = Found(
            np.array([row[:4] for row in rows], float).reshape(-1, 4),
            np.array([row[4] for row in rows], float),
            np.array([LABELS.index(row[5]) for row in rows], np.int64),
            np.array([row[6] if len(row) > 6 else np.nan for row in rows], float),
        )
    return found


def as_row(face: Mapping[str, Any]) -> list[Any]:
    """Return one of the app's `faces` as a row of `predictions.json`."""
    return [*face["box"], face["detection_score"], face["label"], face["label_score"]]
