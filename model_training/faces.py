"""Labelled faces with their surroundings, out of photos or folders of ready crops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_training.photos import LabelledPhoto, read_bgr, read_coco_photos
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
    for photo in read_coco_photos(annotations, images):
        for xyxy, label in zip(photo.xyxy, photo.label, strict=True):
            if (xyxy[2:] - xyxy[:2]).min() >= min_side_px:
                yield _sample(photo, xyxy, int(label))


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
            patch = read_bgr(path)
            height, width = patch.shape[:2]
            inset = padding / (1 + 2 * padding)
            xyxy = np.array([width * inset, height * inset, width * (1 - inset), height * (1 - inset)], np.float32)
            yield FaceSample(patch, xyxy, label, source, min(width, height) * (1 - 2 * inset))


def count_labels(samples: Iterable[FaceSample]) -> dict[str, int]:
    """Return how many samples carry each label."""
    found = [sample.label for sample in samples]
    return {name: found.count(i) for i, name in enumerate(LABELS)}


def _sample(photo: LabelledPhoto, xyxy: FloatArray, label: int) -> FaceSample:
    sides = xyxy[2:] - xyxy[:2]
    margin = CONTEXT * float(sides.max()) + 2
    left, top = (max(int(v - margin), 0) for v in xyxy[:2])
    right, bottom = (int(v + margin) for v in xyxy[2:])
    patch = photo.frame[top:bottom, left:right].copy()
    inside = xyxy - np.array([left, top, left, top], np.float32)
    return FaceSample(patch, inside, label, photo.source, float(sides.min()))
