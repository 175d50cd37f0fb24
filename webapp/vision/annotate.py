"""Draw detections on a copy of a frame: each label, and "Not sure", has its own colour, line, word and sign."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from webapp.vision.certainty import unsure_faces
from webapp.vision.detections import Detections, FloatArray
from webapp.vision.frames import Frame
from webapp.vision.label_bitmaps import FULL, SHORT, label
from webapp.vision.label_placement import Face, place_labels
from webapp.vision.styles import INK, STYLES, UNSURE_STYLE, Style, unit_of

_ARM = 0.25
"""Length of a corner's arms, as a fraction of the box's shorter side."""

_DASH, _DASH_GAP, _DOT_STEP, _GAP, _HALO = 12, 8, 10, 4, 1.5
"""In units: of dashes, of dots, between box and label, of the dark edge on each side of a line."""


def annotate(frame: Frame, detections: Detections) -> Frame:
    """Draw every face's box and label; `certainty.unsure_faces` gives the unsure ones.

    A label has sign, word and label score; a small or crowded face's has the sign and, along a track, its number.

    Args:
        frame: uint8 (H, W, 3) BGR; stays as it is.
        detections: labelled, boxes in pixels of this frame.

    Returns:
        uint8 (H, W, 3) BGR.

    Raises:
        ValueError: the detections carry no labels.
    """
    if detections.label is None or detections.label_score is None:
        raise ValueError("only labelled detections can be drawn")
    picture = frame.copy()
    height, width = picture.shape[:2]
    unit = unit_of(width, height)
    unsure = unsure_faces(detections)
    styles = [UNSURE_STYLE if u else STYLES[int(i)] for u, i in zip(unsure, detections.label, strict=True)]
    for box, style in zip(detections.xyxy, styles, strict=True):
        _draw_box(picture, box, style, unit)
    _draw_labels(picture, detections, styles, unit)
    return picture


def percent(score: float) -> str:
    """Return a score as people read it: `0.987` is `99 %`, and nothing short of certain is `100 %`."""
    return f"{100 if score >= 1 else min(round(score * 100), 99)} %"


def _draw_labels(picture: Frame, detections: Detections, styles: Sequence[Style], unit: float) -> None:
    assert detections.label_score is not None
    numbers = [""] * len(styles) if detections.track_id is None else [str(n) for n in detections.track_id]
    # A percentage beside "Not sure" would not belong to a visible label.
    words = [
        style.word if style is UNSURE_STYLE else f"{style.word} {percent(float(score))}"
        for style, score in zip(styles, detections.label_score, strict=True)
    ]
    full = [label(style, text, FULL, unit) for style, text in zip(styles, words, strict=True)]
    short = [label(style, number, SHORT, unit) for style, number in zip(styles, numbers, strict=True)]
    boxes = detections.xyxy.astype(float).tolist()
    faces = [Face(tuple(box), f.size_wh, s.size_wh) for box, f, s in zip(boxes, full, short, strict=True)]
    height, width = picture.shape[:2]
    for i, place in enumerate(place_labels(faces, (width, height), _GAP * unit)):
        if place is not None:
            bitmap = short[i] if place.short else full[i]
            x, y = (
                min(round(v), side - size)
                for v, side, size in zip((place.x, place.y), (width, height), bitmap.size_wh, strict=True)
            )
            bitmap.draw(picture, x, y)


def _draw_box(picture: Frame, box: FloatArray, style: Style, unit: float) -> None:
    # OpenCV's smooth lines are about a pixel wider than asked.
    thickness = max(round(style.width * unit) - 1, 1)
    halo = thickness + 2 * max(round(_HALO * unit), 1)
    lines = _lines(box.astype(float), style.line, unit)
    # A dark line underneath keeps the box visible on a ground of its own colour.
    cv2.polylines(picture, lines, False, INK, halo, cv2.LINE_AA)
    cv2.polylines(picture, lines, False, style.colour, thickness, cv2.LINE_AA)


def _lines(box: NDArray[np.float64], line: str, unit: float) -> list[NDArray[np.int32]]:
    """Return the polylines of a box's outline, each int32 (k, 2), pixels."""
    x1, y1, x2, y2 = box
    corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]])
    if line == "solid":
        return [np.round(corners).astype(np.int32)]
    if line == "corners":
        arm = _ARM * min(x2 - x1, y2 - y1)
        towards = ((1, 1), (-1, 1), (-1, -1), (1, -1))
        arms = [
            [[x, y + dy * arm], [x, y], [x + dx * arm, y]] for (x, y), (dx, dy) in zip(corners, towards, strict=False)
        ]
        return [np.round(each).astype(np.int32) for each in arms]
    on, step = (_DASH * unit, (_DASH + _DASH_GAP) * unit) if line == "dashed" else (0.0, _DOT_STEP * unit)
    found = []
    for start, end in pairwise(corners):
        length = float(np.abs(end - start).sum())
        if length < 1:
            continue
        at = np.arange(0, length, step)[:, None, None]
        both = np.concatenate([at, np.minimum(at + on, length)], axis=1) / length
        found += list(np.round(start + (end - start) * both).astype(np.int32))
    return found
