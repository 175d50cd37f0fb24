"""Sizes of faces relative to their frame."""

from __future__ import annotations

import numpy as np

from webapp.vision.boxes import areas
from webapp.vision.detections import Float64Array, FloatArray

SIZE_OCTAVES = (-3.5, 3.33)
"""Range of a face's size, octaves from a tenth of the frame's longer side; 3.33 fills the frame."""


def size_octaves(xyxy: FloatArray, longer_px: int) -> Float64Array:
    """Return how large boxes are in their frame, float64 (n,): octaves from a tenth of its longer side, limited.

    Args:
        xyxy: float32 (n, 4), pixels.
        longer_px: longer side of the frame. A box of 64 x 64 pixels in a frame of 640 x 480 gives 0.
    """
    side = np.sqrt(np.maximum(areas(xyxy).astype(np.float64), 1.0))
    return np.clip(np.log2(side / longer_px * 10), *SIZE_OCTAVES)
