"""Read labelled photos: COCO JSON with its pictures, and folders of pictures without faces."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from model_training.data.annotations import Annotations, LabelledFrame, Photo
from model_training.data.coco import read_coco
from model_training.data.image_files import check_whole, some_picture_paths
from model_training.data.problems import Problems
from model_training.data.progress import progress


def read_coco_photos(annotations: Path, images: Path, split: str | None = None) -> Iterator[LabelledFrame]:
    """Yield the photos of a COCO file.

    Args:
        annotations: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.
        split: see `read_coco`.

    Raises:
        ValueError: a photo cannot be read or a category is unknown; the message names it.
    """
    for photo in read_coco(annotations, split, images):
        yield photo.read()


def coco_photo_files(
    annotations: Path, images: Path, split: str | None = None, problems: Problems | None = None
) -> list[Photo]:
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
    photos = read_coco(annotations, split, images)
    if problems is not None:
        return _whole(photos, problems)
    for photo in photos:
        # Reads the file's first bytes only.
        if not cv2.haveImageReader(str(photo.path)):
            raise ValueError(f"{photo.path} cannot be read as a picture")
    return photos


def _whole(photos: Sequence[Photo], problems: Problems) -> list[Photo]:
    kept = []
    for photo in progress(photos, "photo"):
        try:
            check_whole(photo.path)
        except ValueError as error:
            problems.add(str(photo.path), f"{error}; left out")
        else:
            kept.append(photo)
    return kept


def empty_photo_files(folder: Path, held_out: bool, problems: Problems | None = None) -> list[Photo]:
    """List photos without faces: one half of a folder's for training, or the half that is held out.

    Args:
        folder: see `picture_paths`.
        held_out: which of the two; a file's name alone decides where it belongs.
        problems: takes in the photos that are not whole, which are left out; without it, files are not checked.

    Raises:
        ValueError: there is no such folder or no picture in it; the message names it.
    """
    photos = [
        Photo(path.relative_to(folder).as_posix(), (0, 0), Annotations.empty(), folder.name, folder=folder)
        for path in empty_photo_paths(folder, held_out)
    ]
    return photos if problems is None else _whole(photos, problems)


def empty_photo_paths(folder: Path, held_out: bool) -> list[Path]:
    """Return the paths of `empty_photo_files`, in the order of their names."""
    return [path for path in some_picture_paths(folder) if (zlib.crc32(path.name.encode()) % 2 == 0) == held_out]
