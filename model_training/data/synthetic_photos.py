"""Synthetic photos of drawn people with known labels, for rehearsals and tests."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.data.annotations import Annotations, LabelledFrame
from webapp.vision.detections import LABELS, FloatArray
from webapp.vision.frames import Frame

MASK_TOPS = {"with_mask": (0.42, 0.5), "mask_worn_incorrectly": (0.68, 0.78)}
"""Where a mask begins, fractions of the face's height; the nose's tip is at 0.6."""

SKINS_BGR = np.array([[150, 190, 235], [120, 160, 215], [80, 120, 180], [45, 75, 120], [30, 50, 85]], np.float64)


def draw_photo(rng: np.random.Generator, width: int = 320, height: int = 240, faces: int = 1) -> LabelledFrame:
    """Draw a photo.

    Args:
        rng: random generator.
        width: pixels.
        height: pixels.
        faces: people in it; each stands in a strip of its own, so that they do not overlap.
    """
    frame = _draw_background(rng, width, height)
    boxes, labels = np.zeros((faces, 4), np.float32), np.zeros(faces, np.int64)
    strip = width / max(faces, 1)
    for i in range(faces):
        tall = rng.uniform(0.35, 0.75) * min(height, strip * 1.2)
        half = np.array([0.39 * tall, 0.5 * tall])
        low = np.array([i * strip + half[0] + 2, half[1] + 2])
        high = np.array([(i + 1) * strip - half[0] - 2, height - half[1] - 2])
        centre = rng.uniform(low, np.maximum(high, low + 1e-3))
        boxes[i] = np.concatenate([centre - half, centre + half])
        labels[i] = rng.integers(len(LABELS))
        _draw_person(frame, boxes[i], LABELS[labels[i]], rng)
    noisy = frame + rng.normal(0, 4, frame.shape)
    annotations = Annotations(boxes, labels, np.zeros(faces, bool))
    return LabelledFrame(np.clip(noisy, 0, 255).astype(np.uint8), annotations, "drawn")


def _draw_background(rng: np.random.Generator, width: int, height: int) -> Frame:
    corners = rng.uniform(30, 225, (2, 2, 3))
    frame = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    for _ in range(int(rng.integers(2, 7))):
        colour = rng.uniform(20, 235, 3).tolist()
        corner = rng.uniform(0, [width, height]).astype(int).tolist()
        if rng.random() < 0.5:
            cv2.rectangle(frame, corner, (np.array(corner) + rng.integers(10, 90, 2)).tolist(), colour, -1)
        else:
            cv2.circle(frame, corner, int(rng.integers(5, 40)), colour, -1, cv2.LINE_AA)
    return frame


def _draw_person(frame: Frame, box: FloatArray, label: str, rng: np.random.Generator) -> None:
    skin = SKINS_BGR[rng.integers(len(SKINS_BGR))] * rng.uniform(0.9, 1.1)
    hair, cloth = rng.uniform(10, 90, 3), rng.uniform(30, 220, 3)
    _fill(frame, box, _ellipse(0.5, 1.75, 1.1, 0.85), cloth)
    _fill(frame, box, _ellipse(0.5, 0.45, 0.58, 0.6), hair)
    _fill(frame, box, _ellipse(0.5, 0.53, 0.46, 0.47), skin)
    for eye in (0.31, 0.69):
        _fill(frame, box, _ellipse(eye, 0.43, 0.08, 0.035), np.full(3, 240.0))
        _fill(frame, box, _ellipse(eye, 0.43, 0.035, 0.035), np.full(3, 30.0))
        _fill(frame, box, _ellipse(eye, 0.34, 0.1, 0.015), hair)
    _fill(frame, box, np.array([[0.5, 0.45], [0.57, 0.62], [0.43, 0.62]]), skin * 0.82)
    _fill(frame, box, _ellipse(0.5, 0.77, 0.15, 0.04), np.array([90.0, 80, 170]))
    if label in MASK_TOPS:
        top = rng.uniform(*MASK_TOPS[label])
        outline = np.array([[0.08, top + 0.04], [0.5, top], [0.92, top + 0.04], [0.84, 0.86], [0.5, 1.0], [0.16, 0.86]])
        _fill(frame, box, outline, rng.uniform([170, 140, 120], [250, 250, 250]))


def _ellipse(x: float, y: float, half_width: float, half_height: float) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    return np.stack([x + half_width * np.cos(angle), y + half_height * np.sin(angle)], axis=1)


def _fill(frame: Frame, box: FloatArray, outline: NDArray[np.float64], colour: NDArray[np.float64]) -> None:
    points = box[:2] + outline * (box[2:] - box[:2])
    cv2.fillPoly(frame, [points.round().astype(np.int32)], np.clip(colour, 0, 255).tolist(), cv2.LINE_AA)
