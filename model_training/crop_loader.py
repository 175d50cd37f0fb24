"""Batches of face crops for training and for evaluation, cut by the function that serving uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import albumentations as A
import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from model_training.faces import FaceSample
from webapp.vision.boxes import square_boxes
from webapp.vision.crops import crop_face, crop_faces_rgb
from webapp.vision.detections import LABELS, FloatArray


class TrainingCrops(keras.utils.PyDataset):  # type: ignore[misc]
    """Augmented crops in a new order every epoch.

    A batch is float32 (n, size_px, size_px, 3) RGB in [0, 255] and float32 (n, classes) one-hot labels.

    Args:
        samples: the faces; one that stands in the list three times is seen three times an epoch.
        size_px: side of a crop.
        padding: the classifier's padding.
        batch_size: crops a batch.
        seed: of order, jitter and augmentation.
        epoch: the first one; a resumed run goes on with new pictures, not with those of its beginning.
    """

    def __init__(
        self,
        samples: Sequence[FaceSample],
        size_px: int,
        padding: float,
        batch_size: int,
        seed: int,
        epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._samples = samples
        self._size_px = size_px
        self._padding = padding
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = epoch
        self._order = self._shuffled()

    def __len__(self) -> int:
        return len(self._samples) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        # The seed names epoch and batch, so a batch does not depend on which worker makes it, or when.
        rng = np.random.default_rng([self._seed, self._epoch, index])
        augment = build_augmentation(int(rng.integers(2**31)))
        crops = np.zeros((len(rows), self._size_px, self._size_px, 3), np.float32)
        labels = np.zeros((len(rows), len(LABELS)), np.float32)
        for i, row in enumerate(rows):
            sample = self._samples[row]
            square = square_boxes(jitter_box(sample.xyxy, rng)[None], self._padding)[0]
            crop = crop_face(sample.patch, square, self._size_px)
            crops[i] = augment(image=np.ascontiguousarray(crop[:, :, ::-1]))["image"]
            labels[i, sample.label] = 1.0
        return crops, labels

    def on_epoch_end(self) -> None:
        """Draw a new order; Keras calls this."""
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.int64]:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._samples))


def plain_crops(samples: Sequence[FaceSample], size_px: int, padding: float) -> NDArray[np.uint8]:
    """Return the samples' crops as serving would cut them from a perfect box.

    Returns:
        uint8 (n, size_px, size_px, 3) RGB.
    """
    crops = [crop_faces_rgb(s.patch, s.xyxy[None], size_px, padding)[0] for s in samples]
    return np.stack(crops) if crops else np.zeros((0, size_px, size_px, 3), np.uint8)


def jitter_box(xyxy: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a box that is off as detectors are: shifted by up to 10 %, 0.78 to 1.28 times as large.

    Args:
        xyxy: float32 (4,), pixels.
        rng: source of chance.
    """
    sides = xyxy[2:] - xyxy[:2]
    centre = (xyxy[:2] + xyxy[2:]) / 2 + sides * rng.uniform(-0.1, 0.1, 2)
    half = sides / 2 * np.exp(rng.uniform(-0.25, 0.25)) * np.exp(rng.uniform(-0.08, 0.08, 2))
    return np.concatenate([centre - half, centre + half]).astype(np.float32)


def build_augmentation(seed: int) -> A.Compose:
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
