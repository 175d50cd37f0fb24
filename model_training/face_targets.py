"""The faces of a scene as an array of one shape, so that scenes make batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from webapp.vision.detections import FloatArray, IntArray

COLUMNS = 6
"""Columns of a target: x1, y1, x2, y2 in pixels, label (-1 where nobody knows), state."""

IGNORED, NOTHING, FACE = -1.0, 0.0, 1.0
"""States: a region that stays out of the loss, an empty row, a face."""

MOST_FACES = 48
"""Rows of a scene; a mosaic of crowds has more faces, its smallest are left out."""


def pack_faces(xyxy: FloatArray, label: IntArray, ignored: NDArray[np.bool_]) -> FloatArray:
    """Put a scene's faces into rows, faces to learn first and larger before smaller.

    Args:
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`; -1 where nobody knows.
        ignored: bool (n,), faces too small or too doubtful to teach anything.

    Returns:
        float32 (48, 6), see `COLUMNS`.
    """
    sides = xyxy[:, 2:] - xyxy[:, :2]
    order = np.lexsort((-sides.prod(axis=1), ignored))[:MOST_FACES]
    rows = np.zeros((MOST_FACES, COLUMNS), np.float32)
    rows[: len(order), :4] = xyxy[order]
    rows[: len(order), 4] = label[order]
    rows[: len(order), 5] = np.where(ignored[order], IGNORED, FACE)
    return rows
