"""Read labelled faces from disk: COCO JSON with photos, and folders of ready crops."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from webapp.vision.crops import Frame
from webapp.vision.detections import LABELS, FloatArray

CONTEXT = 0.6
"""Share of a face's longer side that is kept around it, so that jittered boxes find real pixels."""


@dataclass(frozen=True, eq=False)
class FaceSample:
    """One labelled face with some surroundings.

    Args:
        patch: uint8 (h, w, 3) BGR, the face and its surroundings.
        xyxy: float32 (4,), the face in pixels of the patch.
        label: index into `LABELS`.
        source: name of the set it comes from.
        shorter_side_px: of the face, in the photo.
    """

    patch: Frame
    xyxy: FloatArray
    label: int
    source: str
    shorter_side_px: float


def read_coco_faces(annotations: Path, images: Path, min_side_px: float) -> Iterator[FaceSample]:
    """Yield every face of a COCO file whose shorter side is long enough.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.
        min_side_px: faces with a shorter side below this are skipped.

    Raises:
        ValueError: a photo cannot be read or a category is unknown; the message names it.
    """
    data = json.loads(annotations.read_text())
    names = {c["id"]: c["name"] for c in data["categories"]}
    if unknown := set(names.values()) - set(LABELS):
        raise ValueError(f"{annotations}: unknown categories {sorted(unknown)}, expected {LABELS}")
    by_image: dict[int, list[dict[str, Any]]] = {}
    for face in data["annotations"]:
        if min(face["bbox"][2:]) >= min_side_px:
            by_image.setdefault(face["image_id"], []).append(face)
    for image in data["images"]:
        if image["id"] in by_image:
            photo = _read_bgr(images / image["file_name"])
            for face in by_image[image["id"]]:
                yield _sample(photo, face["bbox"], LABELS.index(names[face["category_id"]]), image["source"])


def read_crop_folder(folder: Path, label: int, source: str, padding: float) -> Iterator[FaceSample]:
    """Yield every JPEG of a folder of ready crops, leaving out `Augmented_` copies.

    Args:
        folder: where the crops lie.
        label: index into `LABELS` that all of them carry.
        source: name of the set.
        padding: the classifier's padding; the face is set so far inside the crop that padding it gives the whole crop.
    """
    for path in sorted(folder.glob("*.jpg")):
        if not path.name.startswith("Augmented"):
            patch = _read_bgr(path)
            height, width = patch.shape[:2]
            inset = padding / (1 + 2 * padding)
            xyxy = np.array([width * inset, height * inset, width * (1 - inset), height * (1 - inset)], np.float32)
            yield FaceSample(patch, xyxy, label, source, min(width, height) * (1 - 2 * inset))


def count_labels(samples: Iterable[FaceSample]) -> dict[str, int]:
    """Return how many samples carry each label."""
    found = [sample.label for sample in samples]
    return {name: found.count(i) for i, name in enumerate(LABELS)}


def _sample(photo: Frame, bbox: list[float], label: int, source: str) -> FaceSample:
    x, y, width, height = bbox
    margin = CONTEXT * max(width, height) + 2
    left, top = max(int(x - margin), 0), max(int(y - margin), 0)
    patch = photo[top : int(y + height + margin), left : int(x + width + margin)].copy()
    xyxy = np.array([x - left, y - top, x + width - left, y + height - top], np.float32)
    return FaceSample(patch, xyxy, label, source, min(width, height))


def _read_bgr(path: Path) -> Frame:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} cannot be read as a picture")
    return image.astype(np.uint8)
