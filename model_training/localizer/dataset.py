"""Batches for the localizer: augmented ones for training, plain ones for measuring."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import cv2
import keras
import numpy as np

from model_training.data.annotations import Annotations, LabelledFrame, Photo
from model_training.data.face_samples import FaceSample
from model_training.data.image_files import read_bgr
from model_training.localizer.samples import (
    CLOSE_KINDS,
    CLOSE_WINDOW,
    CROP,
    EMPTY_PHOTO,
    FACE_FREE_WINDOW,
    PHOTO,
    WINDOW,
    LocalizerSample,
    draw_close_window,
    draw_face_free_window,
    draw_face_window,
    is_whole_sample,
    make_sample,
    square_frames,
)
from model_training.localizer.window_sampling import faces_alone, large_faces
from model_training.training.colour_augmentation import build_light, tint_photo
from model_training.training.photo_augmentation import AugmentationOptions, augment_photo
from webapp.vision.boxes import scale_boxes
from webapp.vision.detections import IntArray

ABSENT_PROBABILITY = 0.3
"""Probability that a sample has no face."""

EMPTY_PHOTO_PROBABILITY = 0.4
"""Probability that such a sample is a whole photo without faces; the others are windows of photos with faces."""

WHOLE_PROBABILITY = 0.6
"""Probability that a photo that can be used whole is used whole."""

READY_CROP_PROBABILITY = 0.1
"""Probability that a sample with a face is a ready crop, where there are any."""

CROP_FRACTIONS = (0.7, 1.0)
"""Range of the fraction of a sample's sides that augmentation keeps; close windows are not cropped."""

TRIES = 3


class TrainingSquares(keras.utils.PyDataset):  # type: ignore[misc]
    """Augmented samples in a new order every epoch; the pictures are read from their files.

    A batch is what `pack_samples` makes of them. A broken picture is reported on standard error
    and replaced by the next one of the list: one file does not end a long run.

    Args:
        files: photos with and without faces, and with faces that nothing can be cut around.
        size_px: side of a square.
        batch_size: samples a batch.
        seed: of everything.
        vertical_flip: probability that a sample is turned upside down.
        epoch: to begin with; a resumed run goes on where it stopped.
        close_probability: that a sample with a face is a window that it fills.
        crops: ready crops: a face each, whose box is unknown.
        unboxed: names of sets whose boxes are not to be learnt, since they are drawn in another style.

    Raises:
        ValueError: no photo has a face to learn, or they are fewer than a batch.
    """

    def __init__(
        self,
        files: Sequence[Photo],
        size_px: int,
        batch_size: int,
        seed: int,
        vertical_flip: float = 0.0,
        epoch: int = 0,
        close_probability: float = 0.0,
        crops: Sequence[FaceSample] = (),
        unboxed: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._with_face = [file for file in files if len(faces_alone(file.annotations))]
        self._empty = [file for file in files if not len(file.annotations)]
        if len(self._with_face) < batch_size:
            raise ValueError(f"{len(self._with_face)} photos show a face to learn, fewer than a batch of {batch_size}.")
        self._close = [file for file in self._with_face if large_faces(file.annotations).any()]
        self._close_probability = close_probability if self._close else 0.0
        self._crops, self._unboxed = crops, frozenset(unboxed)
        self._size_px, self._batch_size = size_px, batch_size
        self._vertical_flip = vertical_flip
        self._seed, self._epoch = seed, epoch
        self._order = self._draw_order()

    def __len__(self) -> int:
        return len(self._with_face) // self._batch_size

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        return pack_samples(self.samples(index))

    def samples(self, index: int) -> list[LocalizerSample]:
        """Return the samples of a batch, which epoch and index name: it does not matter who makes it, or when."""
        rng = np.random.default_rng([self._seed, self._epoch, index])
        light = build_light(int(rng.integers(2**31)))
        made = []
        for i in range(self._batch_size):
            photo, kind = self._draw(int(self._order[index * self._batch_size + i]), rng)
            sample = make_sample(self._augmented(photo, kind, rng), kind)
            if sample.present and (kind == CROP or sample.source in self._unboxed):
                sample = replace(sample, boxed=False)
            rgb = np.ascontiguousarray(sample.frame[:, :, ::-1])
            made.append(replace(sample, square=np.ascontiguousarray(light(image=rgb)["image"][:, :, ::-1])))
        return made

    def on_epoch_end(self) -> None:
        """Draw a new order; Keras calls this."""
        self._epoch += 1
        self._order = self._draw_order()

    def _draw_order(self) -> IntArray:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._with_face))

    def _draw(self, row: int, rng: np.random.Generator) -> tuple[LabelledFrame, str]:
        absent = rng.random() < ABSENT_PROBABILITY
        if absent and self._empty and rng.random() < EMPTY_PHOTO_PROBABILITY:
            return tint_photo(_read_one(self._empty, int(rng.integers(len(self._empty)))), rng), EMPTY_PHOTO
        if not absent and self._crops and rng.random() < READY_CROP_PROBABILITY:
            return _read_one(self._crops, int(rng.integers(len(self._crops)))), CROP
        if not absent and self._close_probability and rng.random() < self._close_probability:
            large = _read_one(self._close, int(rng.integers(len(self._close))))
            if (near := draw_close_window(large, rng)) is not None:
                return near, CLOSE_WINDOW
        photo = _read_one(self._with_face, row)
        if absent and (cut := draw_face_free_window(photo, rng)) is not None:
            return cut[0], FACE_FREE_WINDOW
        if is_whole_sample(photo) and rng.random() < WHOLE_PROBABILITY:
            return photo, PHOTO
        around = draw_face_window(photo, rng)
        assert around is not None  # `_with_face` is chosen so
        return around[0], WINDOW

    def _augmented(self, photo: LabelledFrame, kind: str, rng: np.random.Generator) -> LabelledFrame:
        large = _enlarged(photo, self._size_px)
        options = AugmentationOptions(self._size_px, (1.0, 1.0), self._vertical_flip, "top_left")
        for _ in range(0 if kind in CLOSE_KINDS else TRIES):
            low, high = sorted(rng.uniform(*CROP_FRACTIONS, 2))
            copy = augment_photo(large, rng, replace(options, crop_fractions=(float(high), float(low))))
            if len(copy.annotations) == len(photo.annotations) and not copy.annotations.ignore.any():
                return copy
        return augment_photo(large, rng, options)


class PlainSquares(keras.utils.PyDataset):  # type: ignore[misc]
    """Samples as they are, in their order; a batch is what `pack_samples` makes of them, read when it is asked for.

    Args:
        samples: to go through.
        batch_size: samples a batch.
    """

    def __init__(self, samples: Sequence[LocalizerSample], batch_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._samples, self._batch_size = samples, batch_size

    def __len__(self) -> int:
        return -(-len(self._samples) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        return pack_samples(self._samples[index * self._batch_size : (index + 1) * self._batch_size])


def pack_samples(samples: Sequence[LocalizerSample]) -> tuple[Any, Any, Any]:
    """Return what a localizer is trained and measured with.

    Returns:
        float32 (n, s, s, 3) RGB in [0, 255]; targets `face_score`, float32 (n, 1), and `box`, float32 (n, 4); weights
        of both, float32 (n,): a sample without a face, or one whose box is unknown, has no box to learn.
    """
    frames = square_frames(samples)[..., ::-1].astype(np.float32)
    present = np.array([sample.present for sample in samples], np.float32)
    targets = {"face_score": present[:, None], "box": np.stack([sample.box for sample in samples])}
    boxed = np.array([sample.present and sample.boxed for sample in samples], np.float32)
    return frames, targets, {"face_score": np.ones_like(present), "box": boxed}


def _read_one(files: Sequence[Photo | FaceSample], row: int) -> LabelledFrame:
    for i in range(len(files)):
        file = files[(row + i) % len(files)]
        try:
            return _read_crop(file) if isinstance(file, FaceSample) else file.read()
        except ValueError as error:
            print(f"{error}; the next photo takes its place", file=sys.stderr)
    raise ValueError("None of the photos can be read.")


def _read_crop(crop: FaceSample) -> LabelledFrame:
    # Its face is the whole picture as far as light and flips go; the box is never learnt.
    frame = read_bgr(crop.path)
    high, wide = frame.shape[:2]
    whole = np.array([[0, 0, wide, high]], np.float32)
    return LabelledFrame(frame, Annotations(whole, np.array([crop.label]), np.zeros(1, bool)), crop.source)


def _enlarged(photo: LabelledFrame, size_px: int) -> LabelledFrame:
    # Serving never enlarges a camera's frame, and augmentation never enlarges at all: a small window would
    # always come with a wide margin.
    width, height = photo.resolution_wh
    factor = size_px / (CROP_FRACTIONS[0] * max(height, width))
    if factor <= 1:
        return photo
    wh = max(round(width * factor), 1), max(round(height * factor), 1)
    frame = cv2.resize(photo.frame, wh, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    xyxy = scale_boxes(photo.annotations.xyxy, wh[0] / width, wh[1] / height)
    return replace(photo, frame=frame, annotations=replace(photo.annotations, xyxy=xyxy))
