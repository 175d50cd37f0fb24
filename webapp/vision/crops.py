"""Face crops: the one pre-processing that training and serving share, so that there is no skew."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from webapp.vision.boxes import square_boxes
from webapp.vision.detections import FloatArray
from webapp.vision.frames import Frame


def crop_face(frame: Frame, square_xyxy: Sequence[float] | FloatArray, size_px: int) -> Frame:
    """Cut one square out of a frame and bring it to a fixed size.

    Parts of the square that lie outside the frame repeat the frame's edge, so the face keeps its
    proportions wherever it stands.

    Args:
        frame: uint8 (H, W, 3) BGR.
        square_xyxy: four numbers, pixels of the frame; may reach beyond it.
        size_px: side of the result.

    Returns:
        uint8 (size_px, size_px, 3) BGR, always a copy.
    """
    height, width = frame.shape[:2]
    x1, y1, x2, y2 = (round(float(v)) for v in square_xyxy)
    x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
    inside = frame[_span(y1, y2, height), _span(x1, x2, width)]
    left, top, right, bottom = max(-x1, 0), max(-y1, 0), max(x2 - width, 0), max(y2 - height, 0)
    if left or top or right or bottom:
        inside = _pad(inside, (x2 - x1, y2 - y1), left, top)
    # INTER_AREA averages when it shrinks; bilinear would alias there, and AREA is blocky when it enlarges.
    interpolation = cv2.INTER_AREA if inside.shape[0] > size_px else cv2.INTER_LINEAR
    return cv2.resize(inside, (size_px, size_px), interpolation=interpolation).astype(np.uint8)


def crop_faces_rgb(frame: Frame, xyxy: FloatArray, size_px: int, padding: float) -> Frame:
    """Cut every face out of a frame as the classifier wants it.

    Args:
        frame: uint8 (H, W, 3) BGR.
        xyxy: float32 (n, 4), pixels.
        size_px: side of a crop.
        padding: see `square_boxes`.

    Returns:
        uint8 (n, size_px, size_px, 3) RGB.
    """
    crops = np.zeros((len(xyxy), size_px, size_px, 3), np.uint8)
    for i, square in enumerate(square_boxes(xyxy, padding)):
        crops[i] = crop_face(frame, square, size_px)[:, :, ::-1]
    return crops


def _span(low: int, high: int, limit: int) -> slice:
    # A square that lies wholly outside still gets the nearest row or column of the frame.
    low = min(max(low, 0), limit - 1)
    return slice(low, max(min(high, limit), low + 1))


def _pad(inside: Frame, size_wh: tuple[int, int], left: int, top: int) -> Frame:
    width, height = size_wh
    left, top = min(left, width - inside.shape[1]), min(top, height - inside.shape[0])
    right, bottom = width - inside.shape[1] - left, height - inside.shape[0] - top
    return cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE).astype(np.uint8)
