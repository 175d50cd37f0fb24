"""Frames, and encoded pictures to BGR frames; limits are checked on the header before anything is decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webapp.vision.detections import FloatArray
from webapp.vision.errors import BadImage, ImageTooLarge, UnsupportedImage

Frame = NDArray[np.uint8]
"""A picture, (H, W, 3), BGR unless its name ends in `_rgb`."""

JPEG, PNG, WEBP = "JPEG", "PNG", "WebP"
MAX_SCANS = 64
"""Of a JPEG; progressive ones that programs write have about ten."""

_LARGEST_REDUCTION = 8  # libjpeg's scaled decoding goes down to an eighth


@dataclass(frozen=True)
class ImageLimits:
    """Limits of accepted pictures.

    Args:
        max_bytes: of the encoded picture.
        max_px: width x height of a JPEG, which can be decoded smaller.
        max_full_px: width x height of formats that must be decoded whole.
        decode_px: a larger JPEG is decoded at half, a quarter or an eighth of its sides.
        formats: of `JPEG`, `PNG`, `WEBP`.
    """

    max_bytes: int
    max_px: int
    max_full_px: int
    decode_px: int
    formats: tuple[str, ...]


@dataclass(frozen=True)
class ImageHeader:
    """The header of a picture; sizes in pixels, as stored (before EXIF rotation)."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """A decoded picture, upright.

    Args:
        frame: uint8 (h, w, 3) BGR, upright, perhaps smaller than the picture.
        width: of the upright picture, pixels.
        height: of the upright picture, pixels.
    """

    frame: Frame
    width: int
    height: int

    def to_picture(self, xyxy: FloatArray) -> FloatArray:
        """Carry boxes from the frame over to the full picture.

        Args:
            xyxy: float32 (n, 4), pixels of the frame.

        Returns:
            float32 (n, 4), pixels of the picture.
        """
        height, width = self.frame.shape[:2]
        factors = [self.width / width, self.height / height] * 2
        return (xyxy * np.array(factors, np.float32)).astype(np.float32)


def decode_image(data: bytes, limits: ImageLimits) -> DecodedImage:
    """Decode a picture upright, smaller where it is very large.

    Args:
        data: an encoded picture.
        limits: see `ImageLimits`; all are checked before decoding.

    Raises:
        UnsupportedImage: another format than the limits list.
        ImageTooLarge: too many bytes or pixels.
        BadImage: not a picture, or a broken one.
    """
    header = check_image(data, limits)
    flags = cv2.IMREAD_COLOR
    if header.format == JPEG:
        flags = _reduced_flag(header.width * header.height, limits.decode_px)
    try:
        frame = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        frame = None
    if frame is None or frame.ndim != 3:
        raise BadImage("This picture is damaged and cannot be opened. Please try another copy of it.")
    width, height = header.width, header.height
    # The decoder has applied the EXIF rotation; whether it turned the picture is visible in the result.
    if (frame.shape[1] - frame.shape[0]) * (width - height) < 0:
        width, height = height, width
    return DecodedImage(frame.astype(np.uint8, copy=False), width, height)


def check_image(data: bytes, limits: ImageLimits) -> ImageHeader:
    """Read the header alone and compare it with the limits; raises as `decode_image` does."""
    found = sniff_format(data)
    if found not in limits.formats:
        accepted = " or ".join(
            [", ".join(limits.formats[:-1]), limits.formats[-1]] if limits.formats[1:] else limits.formats
        )
        if found is None:
            raise BadImage(f"This is not a picture that can be opened here. Please send {accepted}.")
        raise UnsupportedImage(f"{found} pictures cannot be opened here. Please send {accepted}.")
    if len(data) > limits.max_bytes:
        raise ImageTooLarge(f"This picture has {len(data) / 1e6:.1f} MB. The limit is {limits.max_bytes / 1e6:.1f} MB.")
    header = _read_header(data, found)
    max_px = limits.max_px if header.format == JPEG else min(limits.max_px, limits.max_full_px)
    if header.width * header.height > max_px:
        megapixels = header.width * header.height / 1e6
        raise ImageTooLarge(
            f"This picture has {megapixels:.1f} megapixels. The limit for {found} is {max_px / 1e6:.1f}."
        )
    return header


def sniff_format(data: bytes) -> str | None:
    """Return the format by the first bytes, not by a file name; None if they belong to no known format."""
    if data[:3] == b"\xff\xd8\xff":
        return JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"):
        return "HEIC"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    others = {
        b"GIF8": "GIF",
        b"II*\0": "TIFF",
        b"MM\0*": "TIFF",
        b"\0\0\0\x0c": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
    }
    return others.get(data[:4], "BMP" if data[:2] == b"BM" else None)


def _read_header(data: bytes, found: str) -> ImageHeader:
    if found == JPEG and _scans(data) > MAX_SCANS:
        raise BadImage("The structure of this picture takes too long to decode.")
    try:
        with Image.open(io.BytesIO(data), formats=[found.upper()]) as image:
            return ImageHeader(found, image.width, image.height)
    except Image.DecompressionBombError:
        raise ImageTooLarge("This picture has far too many pixels.") from None
    except Exception:
        # Broken headers make Pillow raise half a dozen unrelated types (SyntaxError, struct.error, …).
        raise BadImage("This picture is damaged and cannot be opened. Please try another copy of it.") from None


def _scans(data: bytes) -> int:
    """Count a JPEG's scans from the first on; an embedded thumbnail stands before it and does not count.

    Each costs a pass over all pixels, however few bytes it has: 80 KB can keep a core busy for seconds.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data.count(b"\xff\xda", at)


def _reduced_flag(pixels: int, decode_px: int) -> int:
    flags = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    factor = 1
    while pixels > decode_px * factor * factor and factor < _LARGEST_REDUCTION:
        factor *= 2
    return flags[factor]
