"""Real pictures for the tests: scikit-image's astronaut, as she is and with a drawn mask."""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
import skimage.data
from PIL import Image

from webapp.vision.frames import Frame

FACE_XYXY = (172, 62, 278, 168)
"""Where the face of `astronaut_bgr()` lies, pixels."""


@cache
def _astronaut() -> Frame:
    return skimage.data.astronaut()[:, :, ::-1].copy()


def astronaut_bgr() -> Frame:
    """Return the picture, uint8 (512, 512, 3) BGR, with one bare face."""
    return _astronaut().copy()


def masked_astronaut_bgr() -> Frame:
    """Return the picture with a light-blue surgical mask over nose, mouth and chin."""
    outline = [[186, 118], [224, 108], [262, 118], [258, 150], [226, 172], [194, 152]]
    return _with_mask(outline, (128, 140, 152), 192, 256)


def low_masked_astronaut_bgr() -> Frame:
    """Return the picture with the mask too low, her nostrils just free."""
    outline = [[190, 132], [224, 128], [260, 132], [256, 158], [226, 176], [196, 158]]
    return _with_mask(outline, (138, 148, 158), 196, 254)


def _with_mask(outline: list[list[int]], folds_y: tuple[int, ...], left: int, right: int) -> Frame:
    picture = astronaut_bgr()
    cv2.fillPoly(picture, [np.array(outline, np.int32)], (230, 200, 150), cv2.LINE_AA)
    for y in folds_y:
        cv2.line(picture, (left, y), (right, y), (205, 172, 122), 1, cv2.LINE_AA)
    return picture


def jpeg(frame: Frame, quality: int = 90) -> bytes:
    """Return a frame as JPEG bytes."""
    return cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def encoded(frame: Frame, format: str, mode: str = "RGB", orientation: int | None = None) -> bytes:
    """Return a frame in any format and colour mode that Pillow writes, with an EXIF orientation if asked."""
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame[:, :, ::-1])).convert(mode).save(buffer, format, exif=exif)
    return buffer.getvalue()


def blank_jpeg_claiming(width: int, height: int) -> bytes:
    """Return a real JPEG of this many grey pixels, small in bytes."""
    buffer = io.BytesIO()
    Image.new("L", (width, height), 128).save(buffer, "JPEG", quality=1)
    return buffer.getvalue()
