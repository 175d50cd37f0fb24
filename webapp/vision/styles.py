"""How each state of a face is drawn, the same as on the pages (static/js/shared/faces/overlay.js)."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]
Stroke = tuple[tuple[float, float], ...]

INK: Colour = (27, 22, 16)
"""BGR of words and signs, and of the dark edge of lines."""


@dataclass(frozen=True)
class Style:
    """Style of one state.

    Args:
        colour: BGR of box and label; ink on it reaches a contrast of 4.5:1.
        line: `corners`, or the pattern of the whole outline.
        width: of the line, in units.
        word, sign: of the label.
    """

    colour: Colour
    line: str
    width: float
    word: str
    sign: str


STYLES: tuple[Style, ...] = (
    Style((132, 220, 61), "corners", 3.5, "Mask", "tick"),
    Style((85, 122, 255), "dashed", 3.5, "No mask", "cross"),
    Style((51, 194, 255), "dotted", 5.0, "Worn incorrectly", "exclamation"),
)
"""By index into `LABELS`."""

UNSURE_STYLE = Style((205, 198, 188), "solid", 2.0, "Not sure", "question")
"""Of an unsure face, with any label."""

QUESTION_HOOK: Stroke = (
    (0.25, 0.32),
    (0.28, 0.2),
    (0.37, 0.11),
    (0.5, 0.07),
    (0.63, 0.11),
    (0.72, 0.2),
    (0.75, 0.32),
    (0.7, 0.43),
    (0.6, 0.5),
    (0.5, 0.57),
    (0.5, 0.64),
)
SIGNS: dict[str, tuple[Stroke, ...]] = {
    "tick": (((0.08, 0.55), (0.38, 0.85), (0.95, 0.18)),),
    "cross": (((0.15, 0.15), (0.85, 0.85)), ((0.85, 0.15), (0.15, 0.85))),
    "exclamation": (((0.5, 0.08), (0.5, 0.6)), ((0.5, 0.9), (0.5, 0.92))),
    "question": (QUESTION_HOOK, ((0.5, 0.9), (0.5, 0.92))),
}
"""Strokes of each sign in a square of side 1; the font has no signs."""


LEAST_UNITS = 200
"""Of a picture's shorter side; the widest label takes 191."""


def unit_of(width: int, height: int) -> float:
    """Return the drawing unit of a picture, pixels: what one CSS pixel is where the picture is 800 wide or high.

    The shorter side of a long strip has `LEAST_UNITS`, so that its labels fit, and their bitmaps stay small.

    Args:
        width, height: of the picture, pixels.
    """
    return max(0.75, min(max(width, height) / 800, min(width, height) / LEAST_UNITS))
