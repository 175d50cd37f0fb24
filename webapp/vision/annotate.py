"""Draw detections on a copy of a frame: each label, and "Not sure", has its own colour, line, word and sign."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from webapp.vision.certainty import unsure_faces
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections


@dataclass(frozen=True)
class Style:
    """Style of one state: BGR colour of box and plate, line pattern and its weight, word and sign, thinnest line."""

    colour: tuple[int, int, int]
    line: str
    weight: float
    word: str
    sign: str
    least_px: int = 2


STYLES: tuple[Style, ...] = (
    Style((132, 220, 61), "corners", 1.0, "Mask", "tick"),
    Style((85, 122, 255), "dashed", 1.0, "No mask", "cross"),
    Style((51, 194, 255), "dotted", 1.5, "Worn incorrectly", "exclamation"),
)
"""By index into `LABELS`, the same as on the page; ink on each of these colours reaches a contrast of 4.5:1."""

UNSURE_STYLE = Style((205, 198, 188), "solid", 0.5, "Not sure", "question", 1)
"""Of an unsure face, with any label; the same contrast."""

INK = (27, 22, 16)
Point = tuple[int, int]


def annotate(frame: Frame, detections: Detections) -> Frame:
    """Draw every face's box, word, sign and label score; `certainty.unsure_faces` gives the unsure ones.

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
    unit = max(min(height, width) / 360, 0.6)
    rows = zip(detections.xyxy, detections.label, detections.label_score, unsure_faces(detections), strict=True)
    for box, label, score, unsure in rows:
        x1, y1, x2, y2 = (int(v) for v in np.round(box))
        style = UNSURE_STYLE if unsure else STYLES[int(label)]
        # A percentage beside "Not sure" would not belong to a visible label.
        words = style.word if unsure else f"{style.word} {percent(float(score))}"
        _draw_box(picture, (x1, y1), (x2, y2), style, max(round(2 * unit * style.weight), style.least_px))
        _draw_plate(picture, (x1, y1), (x2, y2), style, words, unit)
    return picture


def percent(score: float) -> str:
    """Return a score as people read it: `0.987` is `99 %`, and nothing short of certain is `100 %`."""
    return f"{100 if score >= 1 else min(round(score * 100), 99)} %"


def _draw_box(picture: Frame, top_left: Point, bottom_right: Point, style: Style, thickness: int) -> None:
    (x1, y1), (x2, y2) = top_left, bottom_right
    corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        for piece_start, piece_end in _pieces(start, end, style.line, thickness):
            # A dark line underneath keeps the box visible on a ground of its own colour.
            cv2.line(picture, piece_start, piece_end, INK, thickness + 2, cv2.LINE_AA)
            cv2.line(picture, piece_start, piece_end, style.colour, thickness, cv2.LINE_AA)


def _pieces(start: Point, end: Point, line: str, thickness: int) -> list[tuple[Point, Point]]:
    a, b = np.array(start, float), np.array(end, float)
    length = float(np.linalg.norm(b - a))
    if length < 1:
        return []
    if line == "solid":
        spans = [(0.0, 1.0)]
    elif line == "corners":
        spans = [(0.0, 0.28), (0.72, 1.0)]
    else:
        on, period = (4 * thickness, 7 * thickness) if line == "dashed" else (1, 2.5 * thickness)
        spans = [(s / length, min((s + on) / length, 1.0)) for s in np.arange(0, length, period)]
    return [(_point(a + (b - a) * s), _point(a + (b - a) * e)) for s, e in spans]


def _point(xy: np.ndarray) -> Point:
    return round(float(xy[0])), round(float(xy[1]))


def _draw_plate(picture: Frame, top_left: Point, bottom_right: Point, style: Style, text: str, unit: float) -> None:
    height, width = picture.shape[:2]
    scale, thickness = 0.5 * unit, max(round(unit), 1)
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    pad = max(round(5 * unit), 3)
    plate_width, plate_height = text_width + text_height + 3 * pad, text_height + 2 * pad
    x = min(max(top_left[0], 0), max(width - plate_width, 0))
    y = top_left[1] - plate_height
    if y < 0:  # no room above the face: below it, or at worst at the bottom edge
        y = min(bottom_right[1], height - plate_height)
    y = max(y, 0)
    cv2.rectangle(picture, (x, y), (x + plate_width, y + plate_height), style.colour, cv2.FILLED)
    _draw_sign(picture, (x + pad, y + pad), text_height, style.sign, thickness + 1)
    origin = (x + text_height + 2 * pad, y + pad + text_height)
    cv2.putText(picture, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, thickness, cv2.LINE_AA)


def _draw_sign(picture: Frame, top_left: Point, size: int, sign: str, thickness: int) -> None:
    strokes = {
        "tick": [((0.05, 0.55), (0.4, 0.9)), ((0.4, 0.9), (0.95, 0.15))],
        "cross": [((0.1, 0.1), (0.9, 0.9)), ((0.9, 0.1), (0.1, 0.9))],
        "question": [
            ((0.15, 0.25), (0.35, 0.05)),
            ((0.35, 0.05), (0.65, 0.05)),
            ((0.65, 0.05), (0.85, 0.25)),
            ((0.85, 0.25), (0.5, 0.5)),
            ((0.5, 0.5), (0.5, 0.68)),
            ((0.5, 0.95), (0.5, 0.98)),
        ],
        "exclamation": [((0.5, 0.0), (0.5, 0.6)), ((0.5, 0.95), (0.5, 0.98))],
    }[sign]
    x, y = top_left
    for (ax, ay), (bx, by) in strokes:
        start, end = (x + round(ax * size), y + round(ay * size)), (x + round(bx * size), y + round(by * size))
        cv2.line(picture, start, end, INK, thickness, cv2.LINE_AA)
