"""The augmentation of small sets: a crop, flips and light, boxes following; for files and on the fly alike."""

from __future__ import annotations

from dataclasses import dataclass

import albumentations as A
import cv2
import numpy as np

from model_training.data.annotations import Annotations, LabelledFrame
from webapp.vision.detections import FloatArray
from webapp.vision.letterbox import GREY

MIN_VISIBLE = 0.45
"""A face of which the crop shows less becomes an ignored region."""


@dataclass(frozen=True)
class AugmentationOptions:
    """Strength of the augmentation of a photo.

    Args:
        side_px: side of the result, pixels.
        crop_fractions: of the photo's shorter and longer side in a crop: 450 x 450 pixels of a webcam's 480 x 640.
        vertical_flip: probability that a copy is turned upside down.
        position: where a crop stands on the grey: `random`, or `top_left` as in serving's letterbox.
    """

    side_px: int = 450
    crop_fractions: tuple[float, float] = (450 / 480, 450 / 640)
    vertical_flip: float = 0.5
    position: str = "random"


def augment_photo(photo: LabelledFrame, rng: np.random.Generator, options: AugmentationOptions) -> LabelledFrame:
    """Return a changed copy of a photo.

    A crop larger than the result is scaled down, a smaller one is set somewhere on grey; nothing is enlarged.

    Args:
        photo: with its faces.
        rng: random generator; the same state gives the same copy, in whichever thread.
        options: see `AugmentationOptions`.

    Returns:
        The copy, uint8 (side_px, side_px, 3) BGR, with the boxes that are still in it.
    """
    faces, (width, height) = photo.annotations, photo.resolution_wh
    shorter, longer = options.crop_fractions
    wide, high = (shorter, longer) if width < height else (longer, shorter)
    crop_wh = max(round(width * wide), 1), max(round(height * high), 1)
    # A pipeline of its own each time: a shared one has one random state, and loaders call from several threads.
    pipeline = _pipeline(crop_wh, options, int(rng.integers(2**31)))
    rgb = np.ascontiguousarray(photo.frame[:, :, ::-1])
    out = pipeline(image=rgb, bboxes=faces.xyxy, index=np.arange(len(faces)))
    xyxy = np.asarray(out["bboxes"], np.float32).reshape(-1, 4)
    kept = np.asarray(out["index"], np.int64).reshape(-1)
    scale = min(options.side_px / max(crop_wh), 1.0)
    visible = _areas(xyxy) / np.maximum(_areas(faces.xyxy[kept]) * scale**2, 1e-6)
    annotations = Annotations(xyxy, faces.label[kept], faces.ignore[kept] | (visible < MIN_VISIBLE))
    return LabelledFrame(np.ascontiguousarray(out["image"][:, :, ::-1]), annotations, photo.source)


def _pipeline(crop_wh: tuple[int, int], options: AugmentationOptions, seed: int) -> A.Compose:
    width, height = crop_wh
    side = options.side_px
    smaller = [A.LongestMaxSize(side, interpolation=cv2.INTER_AREA)] if max(crop_wh) > side else []
    return A.Compose(
        [
            A.RandomCrop(height, width),
            *smaller,
            A.HorizontalFlip(p=0.5),
            A.VerticalFlip(p=options.vertical_flip),
            A.RandomBrightnessContrast(p=0.2),
            A.RandomGamma(p=0.2),
            A.RGBShift(p=0.2),
            # Last, so that the margin has the grey that serving's letterbox has, whatever the light.
            A.PadIfNeeded(side, side, position=options.position, border_mode=cv2.BORDER_CONSTANT, fill=GREY),
        ],
        bbox_params=A.BboxParams(format="pascal_voc", label_fields=["index"], min_area=1, clip=True),
        seed=seed,
    )


def _areas(xyxy: FloatArray) -> FloatArray:
    return np.prod(xyxy[:, 2:] - xyxy[:, :2], axis=1).astype(np.float32)
