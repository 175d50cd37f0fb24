"""The faces of a scene as an array of one shape, so that scenes make batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from webapp.vision.detections import FloatArray

COLUMNS = 8
"""Columns of a target: x1, y1, x2, y2 in pixels, three label probabilities (all 0 where unknown), state."""

LABEL_COLUMNS, STATE = slice(4, 7), 7

IGNORED, NOTHING, FACE = -1.0, 0.0, 1.0
"""States: a region that is left out of the loss, an empty row, a face."""

MOST_FACES = 48
"""Rows of a scene; a mosaic of crowds has more faces, its smallest are left out."""


def pack_faces(xyxy: FloatArray, label_probs: FloatArray, ignored: NDArray[np.bool_]) -> FloatArray:
    """Put a scene's faces into rows, faces to learn first and larger before smaller.

    Args:
        xyxy: float32 (n, 4), pixels.
        label_probs: float32 (n, 3); a row of zeros where the label is unknown.
        ignored: bool (n,), faces and regions that are left out of the loss.

    Returns:
        float32 (48, 8), see `COLUMNS`.
    """
    sides = xyxy[:, 2:] - xyxy[:, :2]
    order = np.lexsort((-sides.prod(axis=1), ignored))[:MOST_FACES]
    rows = np.zeros((MOST_FACES, COLUMNS), np.float32)
    rows[: len(order), :4] = xyxy[order]
    rows[: len(order), LABEL_COLUMNS] = label_probs[order]
    rows[: len(order), STATE] = np.where(ignored[order], IGNORED, FACE)
    return rows
