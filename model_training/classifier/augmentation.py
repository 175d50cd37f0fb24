"""What may happen to a face crop while training."""

from __future__ import annotations

import albumentations as A
import cv2
import numpy as np

from webapp.vision.detections import FloatArray


def jitter_box(xyxy: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a box that is off as detectors are: shifted by up to 10 %, 0.78 to 1.28 times as large.

    Args:
        xyxy: float32 (4,), pixels.
        rng: random generator.
    """
    sides = xyxy[2:] - xyxy[:2]
    centre = (xyxy[:2] + xyxy[2:]) / 2 + sides * rng.uniform(-0.1, 0.1, 2)
    half = sides / 2 * np.exp(rng.uniform(-0.25, 0.25)) * np.exp(rng.uniform(-0.08, 0.08, 2))
    return np.concatenate([centre - half, centre + half]).astype(np.float32)


def build_light_augmentation(seed: int) -> A.Compose:
    """Return flips and slight rotations."""
    return A.Compose(
        [A.HorizontalFlip(p=0.5), A.Affine(rotate=(-10, 10), border_mode=cv2.BORDER_REPLICATE, p=1.0)], seed=seed
    )


def build_strong_augmentation(seed: int) -> A.Compose:
    """Return what may happen to a crop between a face and a webcam's JPEG: pose, light, blur, distance, noise."""
    poor_optics = [
        A.GaussianBlur(blur_limit=(3, 7)),
        A.MotionBlur(blur_limit=(3, 9)),
        A.Downscale(scale_range=(0.1, 0.5)),
    ]
    return A.Compose(
        [
            A.HorizontalFlip(p=0.5),
            A.Affine(rotate=(-15, 15), shear=(-5, 5), border_mode=cv2.BORDER_REPLICATE, p=0.7),
            A.RandomBrightnessContrast(0.3, 0.3, p=0.5),
            A.RandomGamma((60, 160), p=0.3),
            A.HueSaturationValue(15, 40, 10, p=0.4),
            A.RGBShift(20, 20, 20, p=0.2),
            A.ToGray(p=0.08),
            A.OneOf(poor_optics, p=0.4),
            A.GaussNoise(std_range=(0.02, 0.1), p=0.2),
            A.ImageCompression(quality_range=(25, 90), p=0.4),
        ],
        seed=seed,
    )
