"""Where the label of each face stands: on no other label and, if possible, on no other face.

The same algorithm, tested with the same cases, as static/js/shared/faces/label_placement.js. Plain numbers,
since a frame has few faces: with two of them numpy takes 30 times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_HEIGHTS = 1.25
"""A face gets its whole label only if its shorter side is this many label heights."""

MOST_COVERED = 0.35
"""A short label that would cover more of a face is left out: the box shows the state by colour and line."""

ROUNDING = 1e-6
"""Of coordinates: a label at the picture's edge lies in the picture."""

Size = tuple[float, float]
Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels."""


@dataclass(frozen=True)
class Face:
    """What is known of one face.

    Args:
        box: x1, y1, x2, y2, pixels.
        full: width and height of the whole label, pixels.
        short: the same of the short label.
    """

    box: Box
    full: Size
    short: Size


@dataclass(frozen=True)
class Placement:
    """Place of one label.

    Args:
        short: whether it is the short label.
        x, y: upper left corner, pixels.
    """

    short: bool
    x: float
    y: float


def place_labels(faces: Sequence[Face], resolution_wh: tuple[int, int], gap: float) -> list[Placement | None]:
    """Place the labels, those of large faces first.

    Args:
        faces: all faces of the picture.
        resolution_wh: size of the picture, pixels.
        gap: between a box and its label, pixels.

    Returns:
        One place a face; None where not even the short label has room.
    """
    placements: list[Placement | None] = [None] * len(faces)
    labels: list[Box] = []
    for i in sorted(range(len(faces)), key=lambda i: -_area(faces[i].box)):
        face, region = faces[i], _region(faces[i], resolution_wh, gap)
        others = [other.box for k, other in enumerate(faces) if k != i and _overlap(other.box, region) > 0]
        near = [label for label in labels if _overlap(label, region) > 0]
        label, is_short = None, False
        if min(face.box[2] - face.box[0], face.box[3] - face.box[1]) >= LEAST_HEIGHTS * face.full[1]:
            free = _free(_candidates(face.box, face.full, resolution_wh, gap, False), near, resolution_wh)
            # Close to another face too, it would not be clear whose label it is.
            label = next((each for each in free if _covered(_grown(each, 2 * gap), others) == 0), None)
        if label is None:
            is_short = True
            free = _free(_candidates(face.box, face.short, resolution_wh, gap, True), near, resolution_wh)
            label = min(free, key=lambda each: _covered(each, [*others, face.box]), default=None)
            if label is not None and _covered(label, [*others, face.box]) > MOST_COVERED:
                label = None
        if label is not None:
            labels.append(label)
            placements[i] = Placement(is_short, label[0], label[1])
    return placements


def _region(face: Face, resolution_wh: tuple[int, int], gap: float) -> Box:
    """Return the part of the picture in which a face's label can lie: with many faces it is what makes this fast."""
    x1, x2 = (max(0.0, min(x, resolution_wh[0])) for x in face.box[::2])
    y1, y2 = (max(0.0, min(y, resolution_wh[1])) for y in face.box[1::2])
    width, height = map(max, face.full, face.short)
    return _grown((x1 - width, y1 - height, x2 + width, y2 + height), 3 * gap)


def _candidates(box: Box, size: Size, resolution_wh: tuple[int, int], gap: float, is_short: bool) -> list[Box]:
    """Return places around a box, the best first: above, below, beside it (short labels), at last inside."""
    (x1, y1, x2, y2), (width, height) = box, size
    left, right = (max(0.0, min(x, resolution_wh[0] - width)) for x in (x1, x2 - width))
    above, below, top = y1 - gap - height, y2 + gap, max(0.0, min(y1, resolution_wh[1] - height))
    corners = [(left, above), (right, above), (left, below), (right, below)]
    if is_short:
        corners += [(x2 + gap, top), (x1 - gap - width, top)]
    # Inside, a whole label may hide no eyes: it needs a face that is much larger.
    if is_short or (width + 2 * gap <= x2 - x1 and 5 * height <= y2 - y1):
        corners.append((max(0.0, x1) + gap, max(0.0, y1) + gap))
    return [(x, y, x + width, y + height) for x, y in corners]


def _free(candidates: Sequence[Box], labels: Sequence[Box], resolution_wh: tuple[int, int]) -> list[Box]:
    """Return the candidates that lie in the picture and on no label."""
    width, height = resolution_wh[0] + ROUNDING, resolution_wh[1] + ROUNDING
    return [
        box
        for box in candidates
        if box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
        if all(_overlap(box, label) == 0 for label in labels)
    ]


def _grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _covered(label: Box, faces: Sequence[Box]) -> float:
    """Return which part of the faces a label covers, summed over the faces."""
    return sum(_overlap(label, face) / max(_area(face), 1.0) for face in faces)


def _overlap(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
