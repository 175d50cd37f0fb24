"""Letterboxing: scale a frame and pad it to the input size of a network."""

from __future__ import annotations

import cv2
import numpy as np

from webapp.vision.frames import Frame

MULTIPLE_PX = 32
"""Divides both sides of a detector's input: its coarsest stride."""

GREY = 114
"""Value of the margin, in training and in serving."""


def fit_frame(
    frame: Frame, size_px: int, canvas_wh: tuple[int, int] | None = None
) -> tuple[Frame, tuple[float, float]]:
    """Scale a frame to a longer side and pad it with grey on the right and below.

    Args:
        frame: uint8 (H, W, 3) BGR.
        size_px: longer side of the scaled frame, pixels.
        canvas_wh: width and height of the result; by default the least that `MULTIPLE_PX` divides.

    Returns:
        uint8 (h, w, 3) BGR and the factors from frame to result along x and y (they differ by rounding only).
        A frame of 640 x 480 at 320 becomes 320 x 256 with factors (0.5, 0.5) and 16 grey rows.
    """
    height, width = frame.shape[:2]
    scale = size_px / max(height, width)
    inner = max(round(width * scale), 1), max(round(height * scale), 1)
    # Down to half the size two-by-two pixels are enough for each new one, and cost a sixth of a true average.
    interpolation = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    scaled = frame if inner == (width, height) else cv2.resize(frame, inner, interpolation=interpolation)
    wide, high = canvas_wh or (-(-inner[0] // MULTIPLE_PX) * MULTIPLE_PX, -(-inner[1] // MULTIPLE_PX) * MULTIPLE_PX)
    canvas = np.full((high, wide, 3), GREY, np.uint8)
    canvas[: inner[1], : inner[0]] = scaled
    return canvas, (inner[0] / width, inner[1] / height)


def fit_square(frame: Frame, size_px: int) -> tuple[Frame, tuple[float, float]]:
    """Scale a frame to a longer side and pad it with grey to a square; see `fit_frame`.

    Args:
        frame: uint8 (H, W, 3) BGR.
        size_px: side of the square.

    Returns:
        uint8 (size_px, size_px, 3) BGR and the factors from frame to result along x and y. A frame of 640 x 480 at
        120 becomes 120 x 90 with factors (0.1875, 0.1875), above 30 grey rows.
    """
    return fit_frame(frame, size_px, (size_px, size_px))
