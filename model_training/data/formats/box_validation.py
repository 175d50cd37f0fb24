"""Validation of labelled boxes against the size of their picture."""

from __future__ import annotations

import math

Box = tuple[float, float, float, float]

SLACK_PX = 1.5
"""Tolerance, within which a box may reach out of its picture: tools round, and some count pixels from 1."""


def check_box(box: Box, resolution_wh: tuple[int, int]) -> tuple[Box | None, str | None]:
    """Cut a box at the edges of its picture.

    Args:
        box: x1, y1, x2, y2, pixels.
        resolution_wh: width and height of the picture, pixels.

    Returns:
        The box, None if there is nothing left of it, and what was wrong with it, None if nothing was.
    """
    if not all(math.isfinite(v) for v in box):
        return None, "its box has no numbers; left out"
    x1, y1, x2, y2 = box
    corners = ", ".join(f"{v:g}" for v in box)
    if x2 <= x1 or y2 <= y1:
        return None, f"its box {corners} is inside out or empty; left out"
    width, height = resolution_wh
    cut = (max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height)))
    if cut[2] - cut[0] <= 0 or cut[3] - cut[1] <= 0:
        return None, f"its box {corners} lies outside the picture of {width} x {height}; left out"
    reach = max(abs(a - b) for a, b in zip(box, cut, strict=True))
    if reach > SLACK_PX:
        return cut, f"its box {corners} reaches out of the picture of {width} x {height}; cut at the edge"
    return cut, None


def size_factors(labelled_wh: tuple[int, int] | None, resolution_wh: tuple[int, int]) -> tuple[float, float] | None:
    """Return the factors that carry boxes over from the picture as it was labelled to the picture as it is.

    Args:
        labelled_wh: width and height of the label file, pixels; None if unknown.
        resolution_wh: of the picture, pixels.

    Returns:
        Factors along x and y, or None if one picture cannot be the other, enlarged or reduced.
    """
    if labelled_wh is None:
        return 1.0, 1.0
    if min(labelled_wh) <= 0:
        return None
    factor_x, factor_y = (now / then for now, then in zip(resolution_wh, labelled_wh, strict=True))
    # Sides are whole numbers: half a pixel of the shorter one may be lost in either picture.
    tolerance = 1 / min(*labelled_wh, *resolution_wh) + 0.005
    return (factor_x, factor_y) if abs(factor_x / factor_y - 1) <= tolerance else None
