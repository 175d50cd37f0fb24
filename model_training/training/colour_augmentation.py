"""Colour augmentation of detector and localizer: light, lens, JPEG, tint."""

from __future__ import annotations

from dataclasses import replace

import albumentations as A
import numpy as np

from model_training.data.annotations import LabelledFrame


def build_light(seed: int) -> A.Compose:
    """Return the augmentation of light, lens and JPEG."""
    return A.Compose(
        [
            A.RandomBrightnessContrast(0.35, 0.3, p=0.5),
            A.RandomGamma((60, 170), p=0.25),
            A.HueSaturationValue(12, 35, 10, p=0.35),
            A.RGBShift(20, 20, 20, p=0.15),
            A.ToGray(p=0.25),
            A.OneOf([A.GaussianBlur(blur_limit=(3, 5)), A.MotionBlur(blur_limit=(3, 5))], p=0.12),
            A.GaussNoise(std_range=(0.01, 0.07), p=0.12),
            A.ImageCompression(quality_range=(30, 90), p=0.25),
        ],
        seed=seed,
    )


def tint_photo(photo: LabelledFrame, rng: np.random.Generator) -> LabelledFrame:
    """Return a photo as it is or, every second time, tinted."""
    if rng.random() < 0.5:
        return photo
    tinted = photo.frame * rng.uniform(0.6, 1.0, 3) + rng.uniform(0, 60, 3)
    return replace(photo, frame=np.clip(tinted, 0, 255).astype(np.uint8))
