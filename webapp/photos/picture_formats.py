"""The formats in which pictures are written, and what each can hold."""

from __future__ import annotations

from typing import NamedTuple

import cv2

from webapp.vision.errors import ImageTooLarge
from webapp.vision.frames import Frame


class PictureFormat(NamedTuple):
    """A format of written pictures.

    Args:
        name: for people.
        most_px: of the longer side.
        parameters: for OpenCV.
    """

    name: str
    most_px: int
    parameters: tuple[int, ...] = ()


_PNG = PictureFormat("PNG", 1_000_000)
_JPEG = PictureFormat("JPEG", 65_500, (cv2.IMWRITE_JPEG_QUALITY, 92))
_WEBP = PictureFormat("WebP", 16_383, (cv2.IMWRITE_WEBP_QUALITY, 90))
FORMATS = {".png": _PNG, ".jpg": _JPEG, ".jpeg": _JPEG, ".webp": _WEBP}
"""By a file name's suffix in lower case."""


def check_size(frame: Frame, suffix: str) -> None:
    """Check that a format can hold a picture.

    Args:
        frame: uint8 (H, W, 3) BGR.
        suffix: key of `FORMATS`.

    Raises:
        ImageTooLarge: it cannot; the message is one sentence.
    """
    # Asked before OpenCV is: it also prints what it cannot encode.
    if max(frame.shape) > FORMATS[suffix].most_px:
        raise _too_large(suffix)


def encode_picture(frame: Frame, suffix: str) -> bytes:
    """Return a picture in a format.

    Args:
        frame: uint8 (H, W, 3) BGR.
        suffix: key of `FORMATS`.

    Raises:
        ImageTooLarge: the format cannot hold a picture of this size.
    """
    check_size(frame, suffix)
    try:
        done, encoded = cv2.imencode(suffix, frame, FORMATS[suffix].parameters)
    except cv2.error:
        done = False
    if not done:
        raise _too_large(suffix)
    return encoded.tobytes()


def _too_large(suffix: str) -> ImageTooLarge:
    other = "" if suffix == ".png" else "; use .png"
    return ImageTooLarge(f"A picture of this size cannot be written as {FORMATS[suffix].name}{other}.")
