"""Occlusion augmentation: masks and hands painted over faces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.data.labels import INCORRECT, WITH_MASK, WITHOUT_MASK
from webapp.vision.detections import FloatArray, IntArray
from webapp.vision.frames import Frame

MASK_PROBABILITY, LOW_MASK_PROBABILITY, HAND_PROBABILITY = 0.04, 0.06, 0.05
"""Probabilities that a bare face gets a mask, a mask below the nose, or a hand in front of it."""

LEAST_PAINTED_PX = 20.0
"""Smaller faces stay as they are: no painted nose would be seen."""


def cover_faces(
    frame: Frame,
    xyxy: FloatArray,
    label: IntArray,
    rng: np.random.Generator,
    low_mask_probability: float = LOW_MASK_PROBABILITY,
) -> tuple[Frame, IntArray]:
    """Paint over some bare faces of a scene.

    A frontal face has its nose's tip at about 0.6 and its chin at 0.97 of the box's height; a mask that begins
    above 0.52 covers the nose, one that begins below 0.66 leaves it out.

    Args:
        frame: uint8 (H, W, 3) BGR.
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        rng: random generator.
        low_mask_probability: probability that a bare face gets a mask below the nose.

    Returns:
        A changed copy of the frame and the new labels.
    """
    painted, covered = frame, label.copy()
    for i in np.flatnonzero(
        (label == WITHOUT_MASK) & ((xyxy[:, 2:] - xyxy[:, :2]).min(axis=1, initial=1e9) >= LEAST_PAINTED_PX)
    ):
        draw = rng.random()
        if draw >= MASK_PROBABILITY + low_mask_probability + HAND_PROBABILITY:
            continue
        painted = painted.copy() if painted is frame else painted
        if draw < MASK_PROBABILITY:
            paint_mask(painted, xyxy[i], rng.uniform(0.42, 0.52), rng)
            covered[i] = WITH_MASK
        elif draw < MASK_PROBABILITY + low_mask_probability:
            paint_mask(painted, xyxy[i], rng.uniform(0.66, 0.82), rng)
            covered[i] = INCORRECT
        else:
            _paint_blob(painted, xyxy[i], rng)
    return painted, covered


def paint_mask(frame: Frame, box: FloatArray, top: float, rng: np.random.Generator) -> None:
    """Paint a mask over a frontal face.

    Args:
        frame: uint8 (H, W, 3) BGR, changed in place.
        box: float32 (4,), the face in pixels.
        top: where the mask begins, as a fraction of the box's height; see `cover_faces` for where noses are.
        rng: random generator, for colour and small differences of shape.
    """
    cheek, jaw = [[0.08, top + 0.08], [0.92, top + 0.08]], [[0.9, 0.82], [0.7, 0.98], [0.5, 1.02], [0.3, 0.98]]
    outline = np.array([cheek[0], [0.5, top], cheek[1], *jaw, [0.1, 0.82]])
    outline += rng.uniform(-0.03, 0.03, outline.shape)
    colour = rng.uniform(30, 250, 3) if rng.random() < 0.5 else rng.uniform(170, 250) + rng.uniform(-25, 25, 3)
    _fill(frame, box, outline, colour, rng)


def _paint_blob(frame: Frame, box: FloatArray, rng: np.random.Generator) -> None:
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    reach = rng.uniform(0.12, 0.3, 9)[:, None]
    centre = rng.uniform([0.2, 0.5], [0.8, 1.0])
    outline = centre + reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # A hand has the colour of the face that it touches.
    x1, y1, x2, y2 = box.astype(int)
    skin = frame[(y1 + y2) // 2 : y2, x1:x2].reshape(-1, 3)
    _fill(
        frame, box, outline, np.median(skin, axis=0) + rng.uniform(-20, 20, 3) if len(skin) else np.full(3, 90.0), rng
    )


def _fill(
    frame: Frame, box: FloatArray, outline: NDArray[np.float64], colour: NDArray[np.float64], rng: np.random.Generator
) -> None:
    points = (box[:2] + outline * (box[2:] - box[:2])).round().astype(np.int32)
    left, top = np.maximum(points.min(axis=0), 0)
    right, bottom = np.minimum(points.max(axis=0) + 1, np.array(frame.shape[1::-1]))
    if right - left < 2 or bottom - top < 2:
        return
    region = frame[top:bottom, left:right]
    shape = np.zeros(region.shape[:2], np.uint8)
    cv2.fillPoly(shape, [points - np.array([left, top])], 255, cv2.LINE_AA)
    cover = shape[:, :, None] / 255.0
    # Some of the face's own light and shade shines through: flat paint would be too easy to recognise.
    light = region.mean(axis=2, keepdims=True)
    shaded = np.clip(colour + (light - light.mean()) * rng.uniform(0.2, 0.6), 0, 255)
    region[:] = (region * (1 - cover) + shaded * cover).astype(np.uint8)
