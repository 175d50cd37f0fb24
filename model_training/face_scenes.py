"""Training pictures for the detector: views of photos and mosaics of four, from tiny faces to faces that fill them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import albumentations as A
import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from model_training.face_targets import assign_targets, locations
from model_training.photos import LabelledPhoto
from webapp.vision.crops import Frame
from webapp.vision.detections import FloatArray, IntArray

GREY = 114
MIN_SIDE_PX = 5.0
"""A face with a shorter side below this is ignored: it teaches noise."""

MIN_VISIBLE = 0.45
MOSAIC_SHARE, CLOSE_UP_SHARE, EMPTY_SHARE = 0.5, 0.12, 0.04


@dataclass(frozen=True, eq=False)
class Scene:
    """What the network is shown.

    Args:
        frame: uint8 (H, W, 3) BGR.
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        ignored: bool (n,), faces that stay out of the loss.
    """

    frame: Frame
    xyxy: FloatArray
    label: IntArray
    ignored: NDArray[np.bool_]


class FaceScenes(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of scenes in a new order every epoch.

    A batch is float32 (n, size_px, size_px, 3) RGB in [0, 255] and float32 (n, locations, 9), see `face_targets`.

    Args:
        photos: with faces.
        empty: without faces; grey ones are tinted now and then, so that colour does not come to mean a face.
        size_px: side of a scene; 32 divides it.
        batch_size: scenes a batch.
        seed: of everything.
    """

    def __init__(
        self,
        photos: Sequence[LabelledPhoto],
        empty: Sequence[LabelledPhoto],
        size_px: int,
        batch_size: int,
        seed: int,
        epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._photos, self._empty = photos, empty
        self._size_px, self._batch_size = size_px, batch_size
        self._seed, self._epoch = seed, epoch
        self._points = locations(size_px, size_px)

    def __len__(self) -> int:
        return len(self._photos) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], FloatArray]:
        rng = np.random.default_rng([self._seed, self._epoch, index])
        order = np.random.default_rng([self._seed, self._epoch]).permutation(len(self._photos))
        light = build_light(int(rng.integers(2**31)))
        frames = np.zeros((self._batch_size, self._size_px, self._size_px, 3), np.float32)
        targets = np.zeros((self._batch_size, len(self._points), 9), np.float32)
        for i in range(self._batch_size):
            scene = self._scene(int(order[index * self._batch_size + i]), rng)
            frames[i] = light(image=np.ascontiguousarray(scene.frame[:, :, ::-1]))["image"]
            targets[i] = assign_targets(scene.xyxy, scene.label, scene.ignored, self._points)
        return frames, targets

    def on_epoch_end(self) -> None:
        """Draw a new order; Keras calls this."""
        self._epoch += 1

    def _scene(self, first: int, rng: np.random.Generator) -> Scene:
        size = self._size_px
        if len(self._empty) and rng.random() < EMPTY_SHARE:
            return random_view(_tint(self._empty[int(rng.integers(len(self._empty)))], rng), (size, size), rng)
        photo = self._photos[first]
        if rng.random() < MOSAIC_SHARE:
            others = [self._photos[int(rng.integers(len(self._photos)))] for _ in range(3)]
            return mosaic([photo, *others], size, rng)
        return random_view(photo, (size, size), rng)


def mosaic(photos: Sequence[LabelledPhoto], size_px: int, rng: np.random.Generator) -> Scene:
    """Put views of four photos into the quarters of one scene (Bochkovskiy et al. 2020, arXiv:2004.10934)."""
    cut_x, cut_y = (round(size_px * rng.uniform(0.3, 0.7)) for _ in range(2))
    frame = np.zeros((size_px, size_px, 3), np.uint8)
    parts = []
    for k, photo in enumerate(photos):
        left, right = (0, cut_x) if k % 2 == 0 else (cut_x, size_px)
        top, bottom = (0, cut_y) if k < 2 else (cut_y, size_px)
        view = random_view(photo, (right - left, bottom - top), rng)
        frame[top:bottom, left:right] = view.frame
        offset = np.array([left, top, left, top], np.float32)
        parts.append((view.xyxy + offset, view.label, view.ignored))
    boxes, labels, ignored = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Scene(frame, boxes, labels, ignored)


def random_view(photo: LabelledPhoto, out_wh: tuple[int, int], rng: np.random.Generator) -> Scene:
    """Look at a photo from nearer or farther, off centre, perhaps mirrored.

    Args:
        photo: with its faces.
        out_wh: width and height of the scene, pixels.
        rng: source of chance.
    """
    height, width = photo.frame.shape[:2]
    natural = min(out_wh[0] / width, out_wh[1] / height)
    zoom = natural * float(np.exp(rng.uniform(np.log(0.6), np.log(2.2))))
    centre = np.array([width, height]) * rng.uniform(0.25, 0.75, 2)
    if len(photo.xyxy) and rng.random() < CLOSE_UP_SHARE:
        box = photo.xyxy[rng.integers(len(photo.xyxy))]
        side = max(float((box[2:] - box[:2]).max()), 24.0)  # enlarging a tiny face shows nothing but blur
        zoom = min(out_wh) * rng.uniform(0.25, 0.85) / side
        centre = (box[:2] + box[2:]) / 2 + side * rng.uniform(-0.3, 0.3, 2)
    elif len(photo.xyxy) and zoom > natural:
        box = photo.xyxy[rng.integers(len(photo.xyxy))]
        centre = 0.5 * centre + 0.5 * (box[:2] + box[2:]) / 2
    half = np.array(out_wh) / zoom / 2
    window = np.concatenate([centre - half, centre + half])
    stretch = 1.0 + rng.uniform(-0.08, 0.08)
    window[[0, 2]] = centre[0] + (window[[0, 2]] - centre[0]) * stretch
    scene = _cut(photo, window, out_wh)
    return _mirrored(scene) if rng.random() < 0.5 else scene


def build_light(seed: int) -> A.Compose:
    """Return what light, lens and JPEG do to a scene."""
    return A.Compose(
        [
            A.RandomBrightnessContrast(0.35, 0.3, p=0.5),
            A.RandomGamma((60, 170), p=0.25),
            A.HueSaturationValue(12, 35, 10, p=0.35),
            A.RGBShift(20, 20, 20, p=0.15),
            A.ToGray(p=0.12),
            A.OneOf([A.GaussianBlur(blur_limit=(3, 5)), A.MotionBlur(blur_limit=(3, 5))], p=0.12),
            A.GaussNoise(std_range=(0.01, 0.07), p=0.12),
            A.ImageCompression(quality_range=(30, 90), p=0.25),
        ],
        seed=seed,
    )


def _cut(photo: LabelledPhoto, window: NDArray[np.float64], out_wh: tuple[int, int]) -> Scene:
    height, width = photo.frame.shape[:2]
    x1, y1, x2, y2 = (round(float(v)) for v in window)
    x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
    inside = photo.frame[max(y1, 0) : max(min(y2, height), 0), max(x1, 0) : max(min(x2, width), 0)]
    canvas = np.full((y2 - y1, x2 - x1, 3), GREY, np.uint8)
    top, left = max(-y1, 0), max(-x1, 0)
    canvas[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    interpolation = cv2.INTER_AREA if canvas.shape[1] > out_wh[0] else cv2.INTER_LINEAR
    frame = cv2.resize(canvas, out_wh, interpolation=interpolation).astype(np.uint8)
    factor = np.array([out_wh[0] / (x2 - x1), out_wh[1] / (y2 - y1)] * 2, np.float32)
    whole = (photo.xyxy - np.array([x1, y1, x1, y1], np.float32)) * factor
    clipped = np.clip(whole, 0, np.array([*out_wh, *out_wh], np.float32))
    sides, whole_sides = clipped[:, 2:] - clipped[:, :2], whole[:, 2:] - whole[:, :2]
    seen = sides.prod(axis=1) / np.maximum(whole_sides.prod(axis=1), 1e-6)
    present = seen > 0.05
    ignored = (seen < MIN_VISIBLE) | (sides.min(axis=1, initial=1e9) < MIN_SIDE_PX)
    return Scene(frame, clipped[present], photo.label[present], ignored[present])


def _mirrored(scene: Scene) -> Scene:
    width = scene.frame.shape[1]
    xyxy = scene.xyxy.copy()
    xyxy[:, [0, 2]] = width - scene.xyxy[:, [2, 0]]
    return Scene(np.ascontiguousarray(scene.frame[:, ::-1]), xyxy, scene.label, scene.ignored)


def _tint(photo: LabelledPhoto, rng: np.random.Generator) -> LabelledPhoto:
    if rng.random() < 0.3:
        return photo
    tinted = photo.frame * rng.uniform(0.6, 1.0, 3) + rng.uniform(0, 60, 3)
    return LabelledPhoto(np.clip(tinted, 0, 255).astype(np.uint8), photo.xyxy, photo.label, photo.source)
