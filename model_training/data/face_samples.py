"""Labelled faces, out of photos or folders of ready crops; pictures stay on disk until a batch is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_training.data.image_files import read_whole, some_picture_paths
from model_training.data.labelled_photos import coco_photo_files
from model_training.data.problems import Problems
from model_training.data.progress import progress
from webapp.vision.detections import LABELS, FloatArray

MIN_SIDE_PX = 12
"""Shorter side of the smallest face that classifiers learn and that metrics count."""


@dataclass(frozen=True, eq=False)
class FaceSample:
    """One labelled face.

    Args:
        path: the photo or the ready crop that it is in.
        xyxy: float32 (4,), the face in pixels of that picture.
        label: index into `LABELS`.
        source: name of the set it comes from.
        shorter_side_px: of the face.
    """

    path: Path
    xyxy: FloatArray
    label: int
    source: str
    shorter_side_px: float


def read_coco_faces(
    annotations: Path, images: Path, min_side_px: float, split: str | None = None, problems: Problems | None = None
) -> Iterator[FaceSample]:
    """Yield the faces of a COCO file whose shorter side is long enough, those of a photo one after the other.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.
        min_side_px: faces with a shorter side below this are skipped.
        split: see `read_coco`.
        problems: see `coco_photo_files`.

    Raises:
        ValueError: see `coco_photo_files`.
    """
    for photo in coco_photo_files(annotations, images, split, problems):
        faces = photo.annotations
        for i in np.flatnonzero(~faces.ignore & (faces.shorter_side_px >= min_side_px)):
            yield _sample(photo.path, faces.xyxy[i], int(faces.label[i]), photo.source)


def read_crop_folder(folder: Path, label: int, source: str, padding: float, problems: Problems) -> Iterator[FaceSample]:
    """Yield every picture of a folder of ready crops, leaving out `Augmented_` copies.

    Args:
        folder: where the crops lie, see `picture_paths`.
        label: index into `LABELS` that all of them carry.
        source: name of the set.
        padding: the classifier's padding; the face is set so far inside the crop that padding it gives the whole crop.
        problems: takes in the crops that are not whole, which are left out.

    Raises:
        ValueError: there is no such folder or no picture in it; the message names it.
    """
    for path in progress(some_picture_paths(folder), "crop"):
        if not path.name.startswith("Augmented"):
            try:
                height, width = read_whole(path).shape[:2]
            except ValueError as error:
                problems.add(str(path), f"{error}; left out")
                continue
            yield _sample(path, box_in_crop(width, height, padding), label, source)


def box_in_crop(width: float, height: float, padding: float) -> FloatArray:
    """Return the box that, padded, gives the whole of a ready crop.

    Args:
        width: of the crop, pixels.
        height: of the crop, pixels.
        padding: see `square_boxes`.

    Returns:
        float32 (4,), pixels of the crop.
    """
    inset = padding / (1 + 2 * padding)
    return np.array([width * inset, height * inset, width * (1 - inset), height * (1 - inset)], np.float32)


def count_labels(samples: Iterable[FaceSample]) -> dict[str, int]:
    """Return how many samples carry each label."""
    found = [sample.label for sample in samples]
    return {name: found.count(i) for i, name in enumerate(LABELS)}


def _sample(path: Path, xyxy: FloatArray, label: int, source: str) -> FaceSample:
    return FaceSample(path, xyxy, label, source, float((xyxy[2:] - xyxy[:2]).min()))


def at_most(samples: Sequence[FaceSample], limit: int, seed: int) -> list[FaceSample]:
    """Return some of each class, drawn at random, in the order that they stood in.

    Args:
        samples: of any classes.
        limit: most samples a class.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    kept: list[int] = []
    for label in range(len(LABELS)):
        rows = [i for i, sample in enumerate(samples) if sample.label == label]
        kept += [rows[i] for i in rng.permutation(len(rows))[:limit]]
    return [samples[i] for i in sorted(kept)]
