"""Bring decoded frames upright, to square pixels and to one even size."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame

from webapp.vision.frames import Frame

_SMALLEST_SIDE_PX = 16
_ROTATIONS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}

Size = tuple[int, int]


def natural_size(raw: VideoFrame, pixel_aspect: float) -> Size:
    """Return width and height, pixels, of a frame upright and in square pixels.

    Args:
        raw: as decoded, with its rotation.
        pixel_aspect: width of a pixel / its height; an implausible value counts as 1.
    """
    aspect = pixel_aspect if 0.25 <= pixel_aspect <= 4 else 1.0
    width, height = max(1, round(raw.width * aspect)), raw.height
    return (height, width) if _rotation(raw) in (90, 270) else (width, height)


def output_size(natural_wh: Size, longer_px: int) -> Size:
    """Return the even size, pixels, that a video of such frames gets.

    `(1081, 1921)` with at most 1280 becomes `(720, 1280)`.
    """
    scale = min(1.0, longer_px / max(natural_wh))
    width, height = (max(_SMALLEST_SIDE_PX, int(side * scale) // 2 * 2) for side in natural_wh)
    return width, height


def upright(raw: VideoFrame, pixel_aspect: float, output_wh: Size) -> Frame:
    """Return a decoded frame scaled, rotated and, where its shape differs, padded with black.

    Args:
        raw: as decoded.
        pixel_aspect: see `natural_size`.
        output_wh: pixels.

    Returns:
        uint8 (output height, output width, 3) BGR.
    """
    rotation = _rotation(raw)
    width, height = fit_wh = _fit(natural_size(raw, pixel_aspect), output_wh)
    if rotation in (90, 270):
        width, height = height, width
    # Scaled before rotation: a smaller picture is rotated faster.
    frame = np.ascontiguousarray(raw.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray(), np.uint8)
    if rotation:
        frame = cv2.rotate(frame, _ROTATIONS[rotation]).astype(np.uint8, copy=False)
    return _pad(frame, fit_wh, output_wh)


def _rotation(raw: VideoFrame) -> int:
    return round(raw.rotation / 90) * 90 % 360


def _fit(natural_wh: Size, box_wh: Size) -> Size:
    scale_x, scale_y = box_wh[0] / natural_wh[0], box_wh[1] / natural_wh[1]
    # A side that was made even is off by less than two pixels: fill the box without a black line.
    if abs(scale_x - scale_y) * max(natural_wh) < 2.5 or min(box_wh) == _SMALLEST_SIDE_PX:
        return box_wh
    scale = min(scale_x, scale_y)
    return max(1, round(natural_wh[0] * scale)), max(1, round(natural_wh[1] * scale))


def _pad(frame: Frame, fit_wh: Size, box_wh: Size) -> Frame:
    if fit_wh == box_wh:
        return frame
    left, top = (box_wh[0] - fit_wh[0]) // 2, (box_wh[1] - fit_wh[1]) // 2
    right, bottom = box_wh[0] - fit_wh[0] - left, box_wh[1] - fit_wh[1] - top
    return cv2.copyMakeBorder(frame, top, bottom, left, right, cv2.BORDER_CONSTANT).astype(np.uint8)
