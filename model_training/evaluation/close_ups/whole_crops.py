"""Whole crops as close-ups: folders of face crops, without near-duplicates of crops that training used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from model_training.data.formats.label_names import LabelNames
from model_training.data.image_files import read_bgr, some_picture_paths
from model_training.data.near_duplicates import SPLIT_BITS, hash_picture, near_duplicates_among
from model_training.evaluation.close_ups.close_up_windows import WHOLE_CROP_IOU, CloseUp
from webapp.vision.detections import LABELS


def whole_crops(folder: Path, seen: Sequence[Path]) -> tuple[list[CloseUp], int]:
    """List the crops of class folders, less near-duplicates of crops that training used.

    Args:
        folder: with a folder of crops for each class, named as `label` reads them, like `WithMask`.
        seen: folders of crops that training used.

    Returns:
        The crops, each a face that fills its picture, and how many were left out as near-duplicates.

    Raises:
        ValueError: a folder is not there or empty, a picture cannot be read, or no folder's name stands for a label;
            the message names it.
    """
    names = LabelNames()
    targets = [(path, names.target(path.parent.name)) for path in some_picture_paths(folder)]
    labelled = [(path, target) for path, target in targets if target in LABELS]
    if not labelled:
        raise ValueError(f"No folder in {folder} has the name of a class, like WithMask or WithoutMask.")
    known = [hash_picture(read_bgr(path)) for other in seen for path in some_picture_paths(other)]
    hashes = [hash_picture(read_bgr(path)) for path, _ in labelled]
    copies = near_duplicates_among(hashes, known, SPLIT_BITS)
    kept = [_close_up(folder, path, target) for (path, target), copy in zip(labelled, copies, strict=True) if not copy]
    return kept, int(copies.sum())


def _close_up(folder: Path, path: Path, target: str | None) -> CloseUp:
    with Image.open(path) as image:
        width, height = image.size
    name = path.relative_to(folder).as_posix()
    return CloseUp(
        name=name,
        path=path,
        cluster=name,
        window_xyxy=None,
        resolution_wh=(width, height),
        face_xyxy=np.array([0, 0, width, height], np.float64),
        label=LABELS.index(str(target)),
        least_iou=WHOLE_CROP_IOU,
        coverage=1.0,
        cut=False,
        ignore_xyxy=np.zeros((0, 4)),
    )
