"""Windows of a photo that show one of its faces, or none: boxes in, a box out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model_training.data.annotations import Annotations, LabelledFrame
from webapp.vision.boxes import areas, clip_boxes
from webapp.vision.detections import BoolArray, FloatArray, IntArray

SLIVER = 0.1
"""Largest fraction of another face that a window may show."""

LEAST_FACE_PX = 20.0
"""Longer side of a face that is worth a window: enlarging a smaller one shows nothing but blur."""

LEAST_WINDOW_PX = 48.0
FACE_FRACTIONS = (0.12, 0.95)
"""Longer side of the face in that of its window: from across the room to leaning over the keyboard."""

ASPECTS = (16 / 9, 4 / 3, 4 / 3, 1.0, 3 / 4)
"""Width by height, webcams first."""

MARGIN = 0.1
"""Of the tightest window, in longer sides of its face."""

SURROUNDINGS = 0.2
"""What counts as part of a face when a window shall show none: hair, ears and neck, in longer sides."""

CLOSE_COVERAGE = (0.12, 0.9)
"""Area of the visible part of a face in that of a close window: a little more either way than is measured."""

CLOSE_ASPECTS = (3 / 4, 16 / 9)
"""Width by height of a close window."""

CUT_PROBABILITY = 0.35
"""Probability that an edge of a close window cuts the face."""

CUT_OUTSIDE = (0.05, 0.4)
"""Of a face that is cut, what lies outside its window."""

LEAST_CLOSE_PX = 40.0
"""Shorter side of a face that is worth a close window."""

TRIES = 20


def faces_alone(annotations: Annotations) -> IntArray:
    """Return which faces are large enough and have a window that shows no other one.

    Args:
        annotations: of the photo; no window is drawn around regions to ignore, and none may show them.

    Returns:
        int64 (k,), indices.
    """
    xyxy = annotations.xyxy
    sides = xyxy[:, 2:] - xyxy[:, :2]
    found = []
    for i in np.flatnonzero(~annotations.ignore & (sides.max(axis=1, initial=0) >= LEAST_FACE_PX)):
        others = np.delete(xyxy, i, axis=0)
        if (shown_fractions(others, _grown(xyxy[i], MARGIN)) <= SLIVER).all():
            found.append(i)
    return np.array(found, np.int64)


def face_window(
    photo_xyxy: FloatArray, index: int, resolution_wh: tuple[int, int], rng: np.random.Generator
) -> IntArray:
    """Draw a window that shows one face whole and no other.

    Args:
        photo_xyxy: float32 (n, 4), pixels of the photo.
        index: of the face, one of `faces_alone`.
        resolution_wh: width and height of the photo.
        rng: random generator.

    Returns:
        int64 (4,), pixels of the photo, inside it; the tightest window where the drawn ones show other faces.
    """
    face = clip_boxes(photo_xyxy[index : index + 1], resolution_wh)[0]
    others = np.delete(photo_xyxy, index, axis=0)
    longer = float((face[2:] - face[:2]).max())
    for _ in range(TRIES):
        fraction = float(np.exp(rng.uniform(*np.log(FACE_FRACTIONS))))
        sides = np.maximum(_sides(max(longer / fraction, LEAST_WINDOW_PX), rng), face[2:] - face[:2])
        window = _placed(np.minimum(sides, resolution_wh), face, resolution_wh, rng)
        if (shown_fractions(others, window) <= SLIVER).all():
            return _whole_pixels(window, resolution_wh)
    return _whole_pixels(_grown(face, MARGIN), resolution_wh)


def large_faces(annotations: Annotations) -> BoolArray:
    """Return which faces are large enough for a close window, bool (n,)."""
    return np.asarray(~annotations.ignore & (annotations.shorter_side_px >= LEAST_CLOSE_PX))


def close_window(
    photo_xyxy: FloatArray, index: int, resolution_wh: tuple[int, int], rng: np.random.Generator
) -> IntArray | None:
    """Draw a window that one face fills, as near the camera: whole, or cut by the window's edge.

    Args:
        photo_xyxy: float32 (n, 4), pixels of the photo.
        index: of the face.
        resolution_wh: width and height of the photo.
        rng: random generator.

    Returns:
        int64 (4,), pixels of the photo, inside it; None if the face is small, or no window shows it alone.
    """
    face = clip_boxes(photo_xyxy[index : index + 1], resolution_wh)[0].astype(np.float64)
    if (face[2:] - face[:2]).min() < LEAST_CLOSE_PX:
        return None
    others = np.delete(photo_xyxy, index, axis=0)
    for _ in range(TRIES):
        seen, edge = face.copy(), None
        if rng.random() < CUT_PROBABILITY:
            edge = int(rng.integers(4))
            outside = rng.uniform(*CUT_OUTSIDE) * (face[2:] - face[:2])[edge % 2]
            seen[edge] += outside if edge < 2 else -outside
        window = _filled_window(seen, edge, resolution_wh, rng)
        if window is not None and (shown_fractions(others, window) <= SLIVER).all():
            return window
    return None


def _filled_window(
    seen: NDArray[np.float64], edge: int | None, resolution_wh: tuple[int, int], rng: np.random.Generator
) -> IntArray | None:
    # A random window that contains the part of the face to be shown, and ends at the edge (of x1, y1, x2, y2) that
    # cuts.
    aspect = np.exp(rng.uniform(*np.log(CLOSE_ASPECTS)))
    area = np.prod(seen[2:] - seen[:2]) / rng.uniform(*CLOSE_COVERAGE)
    sides = np.array([np.sqrt(area * aspect), np.sqrt(area / aspect)])
    sides = np.minimum(np.maximum(sides, seen[2:] - seen[:2]), resolution_wh)
    first, last = np.maximum(seen[2:] - sides, 0), np.minimum(seen[:2], resolution_wh - sides)
    if edge is not None:
        axis = edge % 2
        first[axis] = last[axis] = seen[edge] - (0 if edge < 2 else sides[axis])
        if not 0 <= first[axis] <= resolution_wh[axis] - sides[axis]:
            return None
    if (first > last).any():
        return None
    start = rng.uniform(first, last)
    window = np.concatenate([np.floor(start), np.ceil(start + sides)])
    if edge is not None:
        window[edge] = np.round(seen[edge])
    return np.clip(window, 0, [*resolution_wh, *resolution_wh]).astype(np.int64)


def face_free_window(
    photo_xyxy: FloatArray, resolution_wh: tuple[int, int], rng: np.random.Generator
) -> IntArray | None:
    """Draw a window that shows no face, nor the hair and neck around one.

    Args:
        photo_xyxy: float32 (n, 4), pixels of the photo, ignored regions among them.
        resolution_wh: width and height of the photo.
        rng: random generator.

    Returns:
        int64 (4,), pixels of the photo, inside it, or None if the faces leave too little room.
    """
    taken = np.array([_grown(face, SURROUNDINGS) for face in photo_xyxy], np.float32).reshape(-1, 4)
    # Large windows first: small ones mostly show a plain wall.
    for largest in np.linspace(1.0, 0.2, TRIES):
        longer = max(float(rng.uniform(0.15, largest)) * max(resolution_wh), LEAST_WINDOW_PX)
        sides = np.minimum(_sides(longer, rng), resolution_wh)
        start = rng.uniform(0, np.array(resolution_wh) - sides)
        window = _whole_pixels(np.concatenate([start, start + sides]), resolution_wh)
        if (shown_fractions(taken, window) == 0).all():
            return window
    return None


def cut_window(photo: LabelledFrame, window_xyxy: IntArray) -> LabelledFrame:
    """Return what a window shows of a photo, with the faces of which it shows more than a sliver.

    Args:
        photo: with its faces.
        window_xyxy: int64 (4,), pixels of the photo, inside it.
    """
    x1, y1, x2, y2 = window_xyxy
    faces = photo.annotations.select(shown_fractions(photo.annotations.xyxy, window_xyxy) > SLIVER)
    xyxy = clip_boxes(faces.xyxy - np.array([x1, y1, x1, y1], np.float32), (int(x2 - x1), int(y2 - y1)))
    return replace(photo, frame=photo.frame[y1:y2, x1:x2].copy(), annotations=replace(faces, xyxy=xyxy))


def shown_fractions(xyxy: FloatArray, window_xyxy: NDArray[np.float32] | IntArray) -> FloatArray:
    """Return the fraction of each box that a window shows.

    Args:
        xyxy: float32 (n, 4), pixels.
        window_xyxy: (4,), pixels.

    Returns:
        float32 (n,) in [0, 1].
    """
    window = np.asarray(window_xyxy, np.float32)
    inside = np.concatenate([np.maximum(xyxy[:, :2], window[:2]), np.minimum(xyxy[:, 2:], window[2:])], axis=1)
    return (areas(inside) / np.maximum(areas(xyxy), 1e-6)).astype(np.float32)


def _grown(face: FloatArray, fraction: float) -> FloatArray:
    margin = (face[2:] - face[:2]).max() * np.float32(fraction)
    return np.concatenate([face[:2] - margin, face[2:] + margin]).astype(np.float32)


def _sides(longer: float, rng: np.random.Generator) -> NDArray[np.float64]:
    aspect = ASPECTS[int(rng.integers(len(ASPECTS)))]
    return longer * np.array([min(aspect, 1.0), min(1 / aspect, 1.0)])


def _placed(
    sides: NDArray[np.float64], face: FloatArray, resolution_wh: tuple[int, int], rng: np.random.Generator
) -> FloatArray:
    low, high = np.maximum(face[2:] - sides, 0), np.minimum(face[:2], resolution_wh - sides)
    start = rng.uniform(low, np.maximum(high, low))
    return np.concatenate([start, start + sides]).astype(np.float32)


def _whole_pixels(window: NDArray[np.floating], resolution_wh: tuple[int, int]) -> IntArray:
    inside = clip_boxes(np.asarray(window, np.float32)[None], resolution_wh)[0]
    return np.concatenate([np.floor(inside[:2]), np.ceil(inside[2:])]).astype(np.int64)
