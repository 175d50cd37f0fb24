"""Read labelled photos: COCO JSON with its pictures, and folders of pictures without faces."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from webapp.vision.crops import Frame
from webapp.vision.detections import LABELS, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class LabelledPhoto:
    """A photo with its faces.

    Args:
        frame: uint8 (H, W, 3) BGR.
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        source: name of the set it comes from.
    """

    frame: Frame
    xyxy: FloatArray
    label: IntArray
    source: str


def read_coco_photos(annotations: Path, images: Path) -> Iterator[LabelledPhoto]:
    """Yield every photo of a COCO file.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.

    Raises:
        ValueError: a photo cannot be read or a category is unknown; the message names it.
    """
    data = json.loads(annotations.read_text())
    names = {c["id"]: c["name"] for c in data["categories"]}
    if unknown := set(names.values()) - set(LABELS):
        raise ValueError(f"{annotations}: unknown categories {sorted(unknown)}, expected {LABELS}")
    by_image: dict[int, list[dict[str, Any]]] = {}
    for face in data["annotations"]:
        by_image.setdefault(face["image_id"], []).append(face)
    for image in data["images"]:
        faces = by_image.get(image["id"], [])
        xywh = np.array([face["bbox"] for face in faces], np.float32).reshape(-1, 4)
        label = np.array([LABELS.index(names[face["category_id"]]) for face in faces], np.int64)
        frame = read_bgr(images / image["file_name"])
        yield LabelledPhoto(frame, np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]), label, image["source"])


def read_empty_photos(folder: Path, held_out: bool) -> list[LabelledPhoto]:
    """Read a folder of photos without faces: four fifths of them for training, or the fifth that is held out.

    Args:
        folder: with JPEG files.
        held_out: which of the two; a file's name alone decides where it belongs.
    """
    paths = [path for path in sorted(folder.glob("*.jpg")) if (zlib.crc32(path.name.encode()) % 5 == 0) == held_out]
    nobody = (np.zeros((0, 4), np.float32), np.zeros(0, np.int64), folder.name)
    return [LabelledPhoto(read_bgr(path), *nobody) for path in paths]


def read_bgr(path: Path) -> Frame:
    """Read a picture, uint8 (H, W, 3) BGR.

    Raises:
        ValueError: it cannot be read; the message names it.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} cannot be read as a picture")
    return image.astype(np.uint8)
