"""Made-up face crops that a tiny network can tell apart: light blue hides the lower half, a part of it, or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model_training.data.annotations import Photo
from model_training.data.coco import write_coco
from model_training.data.face_samples import box_in_crop
from tests.model_training.photo_folders import listed, write_picture
from webapp.vision.frames import Frame

SIDE_PX, PADDING = 48, 0.1


def painted_crop(label: int, seed: int) -> Frame:
    """Return a crop, uint8 (48, 48, 3) BGR."""
    rng = np.random.default_rng(seed)
    crop = np.clip(np.array([90, 120, 180]) + rng.normal(0, 12, (SIDE_PX, SIDE_PX, 3)), 0, 255).astype(np.uint8)
    top = {0: 22, 1: SIDE_PX, 2: 36}[label]
    crop[top:] = (220, 190, 120)
    return crop


def crop_manifest(folder: Path, classes: int, train: int = 6, val: int = 3) -> Path:
    """Write crops and their manifest, which names the splits, as the stage `crops` does.

    Args:
        folder: where they go.
        classes: the first ones of `LABELS`.
        train: crops of each class in the split `train`.
        val: likewise.
    """
    photos: list[Photo] = []
    for split, number in (("train", train), ("val", val)):
        for label in range(classes):
            for i in range(number):
                name = f"{split}/{label}/{i}.png"
                write_picture(folder / name, painted_crop(label, len(photos)))
                x1, y1, x2, y2 = box_in_crop(SIDE_PX, SIDE_PX, PADDING).tolist()
                photos.append(listed(name, [(x1, y1, x2, y2, label)], (SIDE_PX, SIDE_PX), split=split))
    write_coco(folder / "manifest.json", photos)
    return folder / "manifest.json"
