"""Read COCO JSON whose categories are our labels, without its pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_training.data.labels import one_hot
from webapp.vision.detections import LABELS, Float64Array, FloatArray, IntArray


class CocoImage(NamedTuple):
    """One image of a COCO file, without its picture.

    Args:
        entry: as the file has it under `images`.
        xywh: float64 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        ignore: bool (n,), see `LabelledPhoto`.
        label_probs: float32 (n, 3), or None where no face of the image has any, see `LabelledPhoto`.
    """

    entry: dict[str, Any]
    xywh: NDArray[np.float64]
    label: IntArray
    ignore: NDArray[np.bool_]
    label_probs: FloatArray | None

    @property
    def xyxy(self) -> Float64Array:
        """The boxes as corners, float64 (n, 4), pixels."""
        return np.hstack([self.xywh[:, :2], self.xywh[:, :2] + self.xywh[:, 2:]])


def read_coco(annotations: Path, split: str | None = None) -> list[CocoImage]:
    """Read the images of a COCO file with their boxes.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        split: `train`, `val` or `test`: images of another split are skipped.

    Raises:
        ValueError: it is not there or no such file, or a category is unknown; the message names it.
    """
    try:
        data = json.loads(annotations.read_text(encoding="utf-8"))
        names = {c["id"]: c["name"] for c in data["categories"]}
        if unknown := set(names.values()) - set(LABELS):
            raise ValueError(f"it has the unknown categories {sorted(unknown)}, `label --format coco` translates them")
        by_image: dict[Any, list[dict[str, Any]]] = {}
        for face in data["annotations"]:
            by_image.setdefault(face["image_id"], []).append(face)
        return [
            _coco_image(entry, by_image.get(entry["id"], []), names)
            for entry in data["images"]
            if split is None or entry.get("split", split) == split
        ]
    except OSError as error:
        raise ValueError(f"{annotations} cannot be read: {error.strerror}.") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{annotations} is not COCO JSON with our labels: {reason}.") from error


def _coco_image(entry: dict[str, Any], faces: Sequence[dict[str, Any]], names: dict[int, str]) -> CocoImage:
    if not isinstance(entry["file_name"], str):
        raise TypeError(f"the file name {entry['file_name']!r} is no text")
    label = np.array([LABELS.index(names[face["category_id"]]) for face in faces], np.int64)
    label_probs = None
    if any("label_probs" in face for face in faces):
        rows = [face.get("label_probs", certain) for face, certain in zip(faces, one_hot(label), strict=True)]
        label_probs = np.array(rows, np.float32).reshape(len(faces), len(LABELS))
    return CocoImage(
        entry,
        np.array([face["bbox"] for face in faces], np.float64).reshape(len(faces), 4),
        label,
        np.array([bool(face.get("iscrowd", 0)) for face in faces], bool),
        label_probs,
    )


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """Labels of one photo.

    Args:
        name: file name, relative to the folder of photos.
        resolution_wh: width and height, pixels.
        source: name of the set it comes from.
        xyxy: float64 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        ignore: bool (n,), neither face nor background (COCO's `iscrowd`).
    """

    name: str
    resolution_wh: tuple[int, int]
    source: str
    xyxy: Float64Array
    label: IntArray
    ignore: NDArray[np.bool_]


def read_ground_truth(annotations: Path, split: str | None = None) -> list[GroundTruth]:
    """Read a COCO file without its pictures.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        split: see `read_coco`.

    Raises:
        ValueError: a category is unknown; the message names it.
    """
    return [
        GroundTruth(
            image.entry["file_name"],
            (image.entry["width"], image.entry["height"]),
            image.entry.get("source", ""),
            image.xyxy,
            image.label,
            image.ignore,
        )
        for image in read_coco(annotations, split)
    ]
