"""Batches of face crops for training and for evaluation, cut by the function that serving uses.

Pictures are read from disk batch by batch, so memory does not grow with the data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.classifier.augmentation import build_light_augmentation, build_strong_augmentation, jitter_box
from model_training.data.face_samples import FaceSample
from model_training.data.image_files import read_bgr
from model_training.data.labels import one_hot
from model_training.training.occlusion import cover_faces
from webapp.vision.boxes import square_boxes
from webapp.vision.crops import crop_face, crop_faces_rgb

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


class TrainingCrops(keras.utils.PyDataset):  # type: ignore[misc]
    """Augmented crops in a new order every epoch; samples beyond the last whole batch are skipped.

    A batch is float32 (n, size_px, size_px, 3) RGB in [0, 255] and float32 (n, classes) one-hot labels.

    Args:
        samples: the faces; one that is listed three times is used three times an epoch.
        size_px: side of a crop.
        padding: the classifier's padding.
        classes: that the classifier knows, the first ones of `LABELS`.
        batch_size: crops a batch.
        seed: of order, jitter and augmentation.
        strong: boxes that are off as detectors are, and all that happens to a webcam's picture; else flips and slight
            rotations of the true box.
        epoch: the first one; a resumed run goes on with new pictures, not with those of its beginning.
        low_mask_probability: probability that a mask below the nose is painted over a bare face, which then becomes
            `mask_worn_incorrectly`; some faces get a proper mask or a hand instead. 0 paints nothing.
    """

    def __init__(
        self,
        samples: Sequence[FaceSample],
        size_px: int,
        padding: float,
        classes: int,
        batch_size: int,
        seed: int,
        strong: bool = False,
        epoch: int = 0,
        low_mask_probability: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._samples = samples
        self._size_px = size_px
        self._padding = padding
        self._classes = classes
        self._batch_size = batch_size
        self._seed = seed
        self._low_mask_probability = low_mask_probability
        self._strong = strong
        self._epoch = epoch
        self._order = self._shuffled()

    def __len__(self) -> int:
        return max(len(self._samples) // self._batch_size, 1)

    def __getitem__(self, index: int) -> Batch:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        # The seed names epoch and batch, so a batch does not depend on which worker makes it, or when.
        rng = np.random.default_rng([self._seed, self._epoch, index])
        augment = (build_strong_augmentation if self._strong else build_light_augmentation)(int(rng.integers(2**31)))
        samples = [self._samples[row] for row in rows]
        crops = np.zeros((len(rows), self._size_px, self._size_px, 3), np.float32)
        label = np.array([sample.label for sample in samples], np.int64)
        for i, sample in enumerate(samples):
            frame = read_bgr(sample.path)
            if self._low_mask_probability:
                frame, covered = cover_faces(
                    frame, sample.xyxy[None], label[i : i + 1], rng, self._low_mask_probability
                )
                label[i] = covered[0]
            xyxy = jitter_box(sample.xyxy, rng) if self._strong else sample.xyxy
            square = square_boxes(xyxy[None], self._padding)[0]
            crop = crop_face(frame, square, self._size_px)
            crops[i] = augment(image=np.ascontiguousarray(crop[:, :, ::-1]))["image"]
        return crops, one_hot(label, self._classes)

    def on_epoch_end(self) -> None:
        """Draw a new order; Keras calls this."""
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.int64]:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._samples))


class PlainCrops(keras.utils.PyDataset):  # type: ignore[misc]
    """Every crop once, in order, as serving would cut it; batches are those of `TrainingCrops`.

    Args:
        samples: the faces.
        size_px: side of a crop.
        padding: the classifier's padding.
        classes: that the classifier knows, the first ones of `LABELS`.
        batch_size: crops a batch.
    """

    def __init__(
        self, samples: Sequence[FaceSample], size_px: int, padding: float, classes: int, batch_size: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._samples = samples
        self._size_px = size_px
        self._padding = padding
        self._classes = classes
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self._samples) // self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        samples = self._samples[index * self._batch_size : (index + 1) * self._batch_size]
        crops = plain_crops(samples, self._size_px, self._padding)
        return crops.astype(np.float32), one_hot(np.array([sample.label for sample in samples]), self._classes)


def plain_crops(samples: Sequence[FaceSample], size_px: int, padding: float) -> NDArray[np.uint8]:
    """Return the samples' crops as serving would cut them from a perfect box.

    Returns:
        uint8 (n, size_px, size_px, 3) RGB.
    """
    crops = np.zeros((len(samples), size_px, size_px, 3), np.uint8)
    path = None
    for i, sample in enumerate(samples):
        if sample.path != path:  # the faces of a photo stand together: it is decoded once
            path, frame = sample.path, read_bgr(sample.path)
        crops[i] = crop_faces_rgb(frame, sample.xyxy[None], size_px, padding)[0]
    return crops
