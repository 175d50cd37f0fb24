"""Labels as small bitmaps, drawn once and kept: a video shows the same few thousands of times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from webapp.vision.frames import Frame
from webapp.vision.styles import INK, SIGNS, Style


@dataclass(frozen=True)
class Layout:
    """Lengths of a label, in units: height, padding at both ends, sign, space after it, font size."""

    height: float
    pad: float
    sign: float
    after_sign: float
    text: float


FULL, SHORT = Layout(26, 8, 14, 7, 15), Layout(20, 4, 12, 4, 13)
_RADIUS = 4

_FINER = 4
"""Shapes are drawn this many times larger and scaled down, which smooths their edges."""


@dataclass(frozen=True, eq=False)
class Label:
    """A drawn label.

    Args:
        size_wh: pixels.
        ink: uint16 (h, w, 3) BGR, multiplied by its opacity (0 to 255).
        clear: uint16 (h, w, 1), 255 less the opacity.
    """

    size_wh: tuple[int, int]
    ink: NDArray[np.uint16]
    clear: NDArray[np.uint16]

    def draw(self, picture: Frame, x: int, y: int) -> None:
        """Draw the label into a picture, uint8 (H, W, 3) BGR, in which it lies whole."""
        part = picture[y : y + self.ink.shape[0], x : x + self.ink.shape[1]]
        part[:] = (part * self.clear + self.ink) // 255


@lru_cache(maxsize=512)
def label(style: Style, words: str, layout: Layout, unit: float) -> Label:
    """Return the label of a style: its sign and these words, or the sign alone.

    Args:
        style: gives colour and sign.
        words: may be empty.
        layout: `FULL` or `SHORT`.
        unit: pixels; see `unit_of`.
    """
    height = round(layout.height * unit)
    font = ImageFont.load_default(layout.text * unit)
    words_at = (layout.pad + layout.sign + layout.after_sign) * unit
    width = round(
        (words_at + font.getlength(words) if words else (layout.pad + layout.sign) * unit) + layout.pad * unit
    )
    ink = _sign(style.sign, layout, width, height, unit)
    if words:
        text = Image.new("L", (width, height))
        # The default font is regular; the thin stroke makes it as heavy as the words of the pages.
        ImageDraw.Draw(text).text((words_at, height / 2), words, 255, font, "lm", stroke_width=unit * 0.3)
        ink = np.maximum(ink, np.asarray(text))
    mixed = np.array(style.colour) + (np.array(INK) - style.colour) * (ink[:, :, None] / 255)
    opaque = _rounded(width, height, _RADIUS * unit)[:, :, None].astype(np.uint16)
    return Label((width, height), np.round(mixed * opaque).astype(np.uint16), 255 - opaque)


def _rounded(width: int, height: int, radius: float) -> NDArray[np.uint8]:
    shape = Image.new("L", (width * _FINER, height * _FINER))
    box = (0, 0, width * _FINER - 1, height * _FINER - 1)
    ImageDraw.Draw(shape).rounded_rectangle(box, radius * _FINER, 255)
    return np.asarray(shape.resize((width, height), Image.Resampling.BOX))


def _sign(sign: str, layout: Layout, width: int, height: int, unit: float) -> NDArray[np.uint8]:
    shape = np.zeros((height * _FINER, width * _FINER), np.uint8)
    scale = layout.sign * unit * _FINER
    origin = np.array([layout.pad * unit * _FINER, (shape.shape[0] - scale) / 2])
    for stroke in SIGNS[sign]:
        points = np.round(np.array(stroke) * scale + origin).astype(np.int32)
        cv2.polylines(shape, [points], False, 255, max(1, round(0.2 * scale)))  # round ends
    return np.asarray(cv2.resize(shape, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
