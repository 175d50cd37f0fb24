"""The labels of one picture: a labelme file that a stranger sent, checked and written anew."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from webapp.vision.detections import LABELS

SMALLEST_PX = 8.0
"""A box with a shorter side has no size: nothing can be seen in it."""

_SHAPES_MAX = 200


@dataclass(frozen=True)
class LabelledBox:
    """A face: index into `LABELS`, and its corners, pixels of the picture."""

    label: int
    xyxy: tuple[float, float, float, float]


@dataclass(frozen=True)
class PictureLabels:
    """What a label file says.

    Args:
        boxes: that can be used.
        unknown: names of boxes that are none of ours.
        empty: number of boxes of no size.
        unreadable: number of shapes without name or points.
    """

    boxes: tuple[LabelledBox, ...]
    unknown: tuple[str, ...]
    empty: int
    unreadable: int

    @property
    def whole(self) -> bool:
        """Whether every box of the file is used: where one is missing, the picture would teach that it is no face."""
        return not (self.unknown or self.empty or self.unreadable)


def read_labels(content: bytes, width: int, height: int) -> PictureLabels:
    """Read a labelme file.

    Args:
        content: of the file.
        width, height: of its picture, pixels.

    Raises:
        ValueError: it is no labelme file; the sentence says what it is instead.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("shapes"), list):
        coco = isinstance(data, dict) and "annotations" in data
        raise ValueError("has COCO labels, not labelme's" if coco else "is not a labelme file: it has no shapes")
    boxes, unknown, empty, unreadable = [], [], 0, max(len(data["shapes"]) - _SHAPES_MAX, 0)
    for shape in data["shapes"][:_SHAPES_MAX]:
        corners = _corners(shape)
        if corners is None:
            unreadable += 1
            continue
        label = _label(shape["label"])
        if label is None:
            unknown.append(shape["label"][:40])
            continue
        x1, y1, x2, y2 = corners
        box = (max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height)))
        if min(box[2] - box[0], box[3] - box[1]) < SMALLEST_PX:
            empty += 1
        else:
            boxes.append(LabelledBox(label, box))
    return PictureLabels(tuple(boxes), tuple(unknown), empty, unreadable)


def labelme_json(boxes: tuple[LabelledBox, ...], picture: str, width: int, height: int, scale: float) -> str:
    """Return a labelme file.

    Args:
        boxes: of the picture as it was.
        picture: name of its file, beside this one.
        width, height: of the picture as it is now, pixels.
        scale: of its sides, from what they were.
    """
    shapes = [
        {
            "label": LABELS[box.label],
            "points": [[round(v * scale, 1) for v in box.xyxy[:2]], [round(v * scale, 1) for v in box.xyxy[2:]]],
            "shape_type": "rectangle",
            "flags": {},
        }
        for box in boxes
    ]
    about: dict[str, Any] = {"version": "6.0.0", "flags": {}, "imagePath": picture, "imageData": None}
    return json.dumps(about | {"shapes": shapes, "imageWidth": width, "imageHeight": height})


def _label(name: str) -> int | None:
    plain = re.sub(r"[\W_]+", "_", name.strip().lower())
    return LABELS.index(plain) if plain in LABELS else None


def _corners(shape: Any) -> tuple[float, float, float, float] | None:
    try:
        points = [(float(x), float(y)) for x, y in shape["points"]]
        if not isinstance(shape["label"], str) or not points or not all(map(math.isfinite, sum(points, ()))):
            return None
        if shape.get("shape_type") == "circle" and len(points) == 2:
            radius = math.dist(points[0], points[1])  # labelme keeps the centre and a point on the edge
            (x, y) = points[0]
            return x - radius, y - radius, x + radius, y + radius
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
