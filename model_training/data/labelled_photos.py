"""Read labelled photos: COCO JSON with its pictures, and folders of pictures without faces."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.data.coco import read_coco
from model_training.data.image_files import check_whole, read_bgr, some_picture_paths
from model_training.data.labels import one_hot
from model_training.data.problems import Problems
from model_training.data.progress import progress
from webapp.vision.crops import Frame
from webapp.vision.detections import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class LabelledPhoto:
    """A photo with its faces.

    Args:
        frame: uint8 (H, W, 3) BGR.
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        source: name of the set it comes from.
        ignore: bool (n,), regions that count neither as face nor as background (COCO's `iscrowd`).
        label_probs: float32 (n, 3), probability of each label by a teacher, or None: the labels are certain.
    """

    frame: Frame
    xyxy: FloatArray
    label: IntArray
    source: str
    ignore: NDArray[np.bool_]
    label_probs: FloatArray | None = None

    @property
    def probabilities(self) -> FloatArray:
        """Probability of each label for each face, float32 (n, 3): those of a teacher, else all on the label."""
        return one_hot(self.label) if self.label_probs is None else self.label_probs


@dataclass(frozen=True, eq=False)
class PhotoFile:
    """A photo whose picture stays on disk until it is read; otherwise see `LabelledPhoto`."""

    path: Path
    xyxy: FloatArray
    label: IntArray
    source: str
    ignore: NDArray[np.bool_]
    label_probs: FloatArray | None = None

    def read(self) -> LabelledPhoto:
        """Return the photo with its picture.

        Raises:
            ValueError: it cannot be read; the message names it.
        """
        frame = read_bgr(self.path)
        return LabelledPhoto(frame, self.xyxy, self.label, self.source, self.ignore, self.label_probs)


def read_coco_photos(annotations: Path, images: Path, split: str | None = None) -> Iterator[LabelledPhoto]:
    """Yield the photos of a COCO file.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.
        split: see `read_coco`.

    Raises:
        ValueError: a photo cannot be read or a category is unknown; the message names it.
    """
    for file in _listed(annotations, images, split):
        yield file.read()


def coco_photo_files(
    annotations: Path, images: Path, split: str | None = None, problems: Problems | None = None
) -> list[PhotoFile]:
    """List the photos of a COCO file, see `read_coco_photos`.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.
        split: see `read_coco`.
        problems: takes in the photos that are not whole, which are left out.

    Raises:
        ValueError: there is no such folder or a category is unknown; or, without `problems`, a photo is none. The
            message names it.
    """
    if not images.is_dir():
        raise ValueError(f"There is no folder {images}.")
    files = list(_listed(annotations, images, split))
    if problems is not None:
        return _whole(files, problems)
    for file in files:
        # Reads the file's first bytes only.
        if not cv2.haveImageReader(str(file.path)):
            raise ValueError(f"{file.path} cannot be read as a picture")
    return files


def _whole(files: Sequence[PhotoFile], problems: Problems) -> list[PhotoFile]:
    kept = []
    for file in progress(files, "photo"):
        try:
            check_whole(file.path)
        except ValueError as error:
            problems.add(str(file.path), f"{error}; left out")
        else:
            kept.append(file)
    return kept


def _listed(annotations: Path, images: Path, split: str | None) -> Iterator[PhotoFile]:
    for image in read_coco(annotations, split):
        xywh = image.xywh.astype(np.float32)
        xyxy = np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])
        path = images / image.entry["file_name"]
        source = image.entry.get("source", annotations.stem)
        yield PhotoFile(path, xyxy, image.label, source, image.ignore, image.label_probs)


def empty_photo_files(folder: Path, held_out: bool, problems: Problems | None = None) -> list[PhotoFile]:
    """List photos without faces: one half of a folder's for training, or the half that is held out.

    Args:
        folder: see `picture_paths`.
        held_out: which of the two; a file's name alone decides where it belongs.
        problems: takes in the photos that are not whole, which are left out; without it, files are not checked.

    Raises:
        ValueError: there is no such folder or no picture in it; the message names it.
    """
    no_faces = (np.zeros((0, 4), np.float32), np.zeros(0, np.int64), folder.name, np.zeros(0, bool))
    files = [PhotoFile(path, *no_faces) for path in empty_photo_paths(folder, held_out)]
    return files if problems is None else _whole(files, problems)


def empty_photo_paths(folder: Path, held_out: bool) -> list[Path]:
    """Return the paths of `empty_photo_files`, in the order of their names."""
    return [path for path in some_picture_paths(folder) if (zlib.crc32(path.name.encode()) % 2 == 0) == held_out]
