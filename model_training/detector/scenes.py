"""Training pictures for the detector: views of photos and mosaics of four, from tiny faces to faces that fill them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from model_training.data.annotations import Annotations, LabelledFrame
from model_training.data.labels import INCORRECT, one_hot
from model_training.detector.label_assignment import COLUMNS, MOST_FACES, pack_faces
from model_training.training.colour_augmentation import build_light, tint_photo
from model_training.training.occlusion import cover_faces
from webapp.vision.detections import Float64Array, FloatArray, IntArray
from webapp.vision.letterbox import GREY

LEAST_LEARNT_PX = 6.0
"""A face with a shorter side below this is ignored: its pixels carry too little."""

MIN_VISIBLE = 0.45
MOSAIC_PROBABILITY, CLOSE_UP_PROBABILITY = 0.5, 0.25
CLOSE_UP_SIDES = (0.25, 1.15)
"""Range of a close face's longer side, as a fraction of the view's shorter one: from 1 on, an edge cuts it off."""

BADLY_WORN_WEIGHT = 3.0
"""Weight of a photo with a badly worn mask among those that fill the rest of a mosaic: they are few."""

REFERENCE_PX = 576
ZOOMS = (0.4, 1.6)
"""Range of zooms, relative to a photo whose longer side is `REFERENCE_PX`: serving infers at 0.55 to 1.6 of it."""

WHOLE_ZOOMS = (0.75, 1.2)
"""Range of zooms of whole photos, relative to one that just fits into the scene."""

FILLED_ZOOMS = (0.7, 1.35)
"""Range of zooms of pictures that one face fills, relative to one that just fits into the scene."""

AT_A_FACE_PROBABILITY = 0.8
"""Probability that a view smaller than its photo is aimed at one of its faces."""

FACELESS_PROBABILITY = 0.4
"""Probability that a scene without a face is a window of a photo with people, between their faces."""

FACELESS_SIDES, FACELESS_TRIES = (0.12, 0.6), 12
"""Range of such a window's side, as a fraction of the photo's longer one, and how many are tried."""


class FaceScenes(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of scenes in a new order every epoch.

    A batch is float32 (n, side, side, 3) RGB in [0, 255] and float32 (n, 48, 8), see `targets`. Batches take
    turns through the sizes; a batch of larger scenes has fewer of them, so that each costs the same.

    Args:
        photos: with faces.
        empty: without faces; grey ones are tinted now and then, so that colour does not become a feature of faces.
        sizes_px: sides of the scenes, pixels; 32 divides them.
        batch_size: scenes of the first size in a batch.
        seed: of everything.
        epoch: to begin with; a resumed run goes on where it stopped.
        empty_probability: that a scene shows no face; some of them are windows of `photos` between the faces.
        whole_probability: that another scene is a whole photo, as in serving; the rest are mosaics and views.
        close_ups: pictures that one face fills, like crops; each label is shown as often as the others.
        close_up_probability: that another scene is such a picture.
        empty_weights: relative frequency of each photo without faces; None shows all equally often.
    """

    def __init__(
        self,
        photos: Sequence[LabelledFrame],
        empty: Sequence[LabelledFrame],
        sizes_px: Sequence[int],
        batch_size: int,
        seed: int,
        epoch: int = 0,
        empty_probability: float = 0.08,
        whole_probability: float = 0.0,
        close_ups: Sequence[LabelledFrame] = (),
        close_up_probability: float = 0.1,
        empty_weights: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._photos, self._empty = photos, empty
        self._empty_probability, self._whole_probability = empty_probability, whole_probability
        self._empty_odds = _odds([1.0] * len(empty) if empty_weights is None else empty_weights)
        self._close_ups = [photo for photo in close_ups if len(photo.annotations)]
        self._close_up_probability = close_up_probability
        labels = Counter(int(photo.annotations.label[0]) for photo in self._close_ups)
        self._close_up_odds = _odds([1 / labels[int(photo.annotations.label[0])] for photo in self._close_ups])
        # Sizes take turns, so the scenes of a round are known, and with them how many batches an epoch has.
        self._sizes = [(size, max(round(batch_size * (sizes_px[0] / size) ** 2), 1)) for size in sizes_px]
        self._seed, self._epoch = seed, epoch
        self._photo_odds = _odds(
            [BADLY_WORN_WEIGHT if INCORRECT in photo.annotations.label else 1.0 for photo in photos]
        )
        self._order = self._draw_order()

    def __len__(self) -> int:
        rounds, rest = divmod(len(self._photos), sum(count for _, count in self._sizes))
        fitting = np.cumsum([count for _, count in self._sizes]) <= rest
        return rounds * len(self._sizes) + int(fitting.sum())

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], FloatArray]:
        rng = np.random.default_rng([self._seed, self._epoch, index])
        light = build_light(int(rng.integers(2**31)))
        rounds, place = divmod(index, len(self._sizes))
        size, count = self._sizes[place]
        start = rounds * sum(n for _, n in self._sizes) + sum(n for _, n in self._sizes[:place])
        frames = np.zeros((count, size, size, 3), np.float32)
        targets = np.zeros((count, MOST_FACES, COLUMNS), np.float32)
        for i in range(count):
            scene = self._scene(int(self._order[start + i]), size, rng)
            faces = scene.annotations
            covered, label = cover_faces(scene.frame, faces.xyxy, faces.label, rng)
            frames[i] = light(image=np.ascontiguousarray(covered[:, :, ::-1]))["image"]
            # The label of a painted face is certain, whatever the teacher predicts for the bare face.
            label_probs = np.where((label != faces.label)[:, None], one_hot(label), faces.probabilities)
            targets[i] = pack_faces(faces.xyxy, label_probs, faces.ignore)
        return frames, targets

    def on_epoch_end(self) -> None:
        """Draw a new order; Keras calls this."""
        self._epoch += 1
        self._order = self._draw_order()

    def _draw_order(self) -> IntArray:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._photos))

    def _scene(self, first: int, size: int, rng: np.random.Generator) -> LabelledFrame:
        if len(self._empty) and rng.random() < self._empty_probability:
            if rng.random() < FACELESS_PROBABILITY:
                window = faceless_view(self._photos[first], size, rng)
                if window is not None:
                    return window
            empty = tint_photo(self._empty[_draw(self._empty_odds, rng)], rng)
            # Serving shows whole photos at every size: a ball that fills one is what is taken for a close face.
            return whole_view(empty, size, rng) if rng.random() < 0.6 else random_view(empty, (size, size), rng)
        if len(self._close_ups) and rng.random() < self._close_up_probability:
            return filled_view(self._close_ups[_draw(self._close_up_odds, rng)], size, rng)
        photo = self._photos[first]
        if rng.random() < self._whole_probability:
            return whole_view(photo, size, rng)
        if rng.random() < MOSAIC_PROBABILITY:
            others = [self._photos[_draw(self._photo_odds, rng)] for _ in range(3)]
            return mosaic([photo, *others], size, rng)
        return random_view(photo, (size, size), rng)


def mosaic(photos: Sequence[LabelledFrame], size_px: int, rng: np.random.Generator) -> LabelledFrame:
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
        faces = view.annotations
        parts.append((faces.xyxy + offset, faces.label, faces.ignore, faces.probabilities))
    return LabelledFrame(frame, Annotations(*(np.concatenate(column) for column in zip(*parts, strict=True))))


def random_view(photo: LabelledFrame, out_wh: tuple[int, int], rng: np.random.Generator) -> LabelledFrame:
    """Return a view of a photo: zoomed, shifted, perhaps mirrored.

    Args:
        photo: with its faces.
        out_wh: width and height of the scene, pixels.
        rng: random generator.
    """
    height, width = photo.frame.shape[:2]
    reference = REFERENCE_PX / max(height, width)
    zoom = reference * float(np.exp(rng.uniform(*np.log(ZOOMS))))
    centre = np.array([width, height]) * rng.uniform(0.25, 0.75, 2)
    known = photo.annotations.xyxy[~photo.annotations.ignore]
    if len(known):
        box = known[rng.integers(len(known))]
        middle, side = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max())
        draw = rng.random()
        if draw < CLOSE_UP_PROBABILITY:
            # Enlarging a tiny face shows nothing but blur.
            zoom = min(out_wh) * rng.uniform(*CLOSE_UP_SIDES) / max(side, 24.0)
            centre = middle + side * rng.uniform(-0.35, 0.35, 2)
        elif draw < AT_A_FACE_PROBABILITY:
            centre = _near(middle, np.array(out_wh) / zoom, np.array([width, height]), rng)
    half = np.array(out_wh) / zoom / 2
    window = np.concatenate([centre - half, centre + half])
    stretch = 1.0 + rng.uniform(-0.08, 0.08)
    window[[0, 2]] = centre[0] + (window[[0, 2]] - centre[0]) * stretch
    scene = _cut(photo, window, out_wh)
    return _mirrored(scene) if rng.random() < 0.5 else scene


def whole_view(photo: LabelledFrame, size_px: int, rng: np.random.Generator) -> LabelledFrame:
    """Return a view of nearly all of a photo, as in serving, perhaps mirrored.

    What a labeller took for worth a box depends on the rest of the photo, which a view cuts away.

    Args:
        photo: with its faces.
        size_px: side of the scene, pixels.
        rng: random generator.
    """
    height, width = photo.frame.shape[:2]
    zoom = size_px / max(height, width) * float(np.exp(rng.uniform(*np.log(WHOLE_ZOOMS))))
    view_wh = np.full(2, size_px) / zoom
    slack = np.array([width, height]) - view_wh
    centre = np.array([width, height]) / 2 + slack * rng.uniform(-0.5, 0.5, 2)
    half = view_wh / 2 * (1.0 + rng.uniform(-0.05, 0.05, 2))
    scene = _cut(photo, np.concatenate([centre - half, centre + half]), (size_px, size_px))
    return _mirrored(scene) if rng.random() < 0.5 else scene


def filled_view(photo: LabelledFrame, size_px: int, rng: np.random.Generator) -> LabelledFrame:
    """Fill a scene with a picture of one face, an edge cut off or a margin left, perhaps mirrored.

    Args:
        photo: a crop with its face.
        size_px: side of the scene, pixels.
        rng: random generator.
    """
    height, width = photo.frame.shape[:2]
    view_wh = np.array([width, height]) / np.exp(rng.uniform(*np.log(FILLED_ZOOMS)))
    if rng.random() < 0.5:
        view_wh[:] = view_wh.max()  # as it is, letterboxed; else stretched to a square
    centre = np.array([width, height]) / 2 + np.array([width, height]) * rng.uniform(-0.15, 0.15, 2)
    scene = _cut(photo, np.concatenate([centre - view_wh / 2, centre + view_wh / 2]), (size_px, size_px))
    return _mirrored(scene) if rng.random() < 0.5 else scene


def faceless_view(photo: LabelledFrame, size_px: int, rng: np.random.Generator) -> LabelledFrame | None:
    """Fill a scene with a part of a photo that shows no face: clothes, hands and hair, as large as close faces are.

    Args:
        photo: with its faces and the regions to ignore.
        size_px: side of the scene, pixels.
        rng: random generator.

    Returns:
        The scene, or None where no place for it was found.
    """
    wh, xyxy = np.array(photo.resolution_wh), photo.annotations.xyxy
    for _ in range(FACELESS_TRIES):
        side = float(wh.max() * rng.uniform(*FACELESS_SIDES))
        start = rng.uniform(0, 1, 2) * np.maximum(wh - side, 0)
        window = np.concatenate([start, start + side])
        met = np.minimum(xyxy[:, 2:], window[2:]) - np.maximum(xyxy[:, :2], window[:2])
        if side <= wh.min() and not (met > 0).all(axis=1).any():
            scene = _cut(photo, window, (size_px, size_px))
            return _mirrored(scene) if rng.random() < 0.5 else scene
    return None


def _odds(weights: Sequence[float]) -> Float64Array:
    # Cumulative and normalised, for `_draw`.
    summed = np.cumsum(np.array(weights, np.float64))
    return summed / max(summed.max(initial=0), 1e-12)


def _draw(odds: Float64Array, rng: np.random.Generator) -> int:
    return int(np.searchsorted(odds, rng.random()))


def _near(
    middle: NDArray[np.float32], view_wh: NDArray[np.float64], photo_wh: IntArray, rng: np.random.Generator
) -> NDArray[np.float64]:
    # As much of the view as possible lies in the photo: grey margins are of no use.
    centre = middle + view_wh * rng.uniform(-0.4, 0.4, 2)
    slack = np.maximum(view_wh - photo_wh, 0) * rng.uniform(-0.5, 0.5, 2)
    low, high = np.minimum(view_wh, photo_wh) / 2, photo_wh - np.minimum(view_wh, photo_wh) / 2
    return np.clip(centre, low, high) + slack


def _cut(photo: LabelledFrame, window: NDArray[np.float64], out_wh: tuple[int, int]) -> LabelledFrame:
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
    faces = photo.annotations
    whole = (faces.xyxy - np.array([x1, y1, x1, y1], np.float32)) * factor
    clipped = np.clip(whole, 0, np.array([*out_wh, *out_wh], np.float32))
    sides, whole_sides = clipped[:, 2:] - clipped[:, :2], whole[:, 2:] - whole[:, :2]
    seen = sides.prod(axis=1) / np.maximum(whole_sides.prod(axis=1), 1e-6)
    present = seen > 0.05
    ignore = faces.ignore | (seen < MIN_VISIBLE) | (sides.min(axis=1, initial=1e9) < LEAST_LEARNT_PX)
    kept = replace(faces, xyxy=clipped, ignore=ignore, label_probs=faces.probabilities).select(present)
    return LabelledFrame(frame, kept)


def _mirrored(scene: LabelledFrame) -> LabelledFrame:
    xyxy = scene.annotations.xyxy.copy()
    xyxy[:, [0, 2]] = scene.resolution_wh[0] - xyxy[:, [2, 0]]
    mirrored = replace(scene.annotations, xyxy=xyxy)
    return LabelledFrame(np.ascontiguousarray(scene.frame[:, ::-1]), mirrored)
