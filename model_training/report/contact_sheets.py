"""Contact sheets: a thumbnail an example, its boxes drawn over it as the app draws them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from webapp.vision.detections import Float64Array
from webapp.vision.frames import Frame

SIDE_PX = 160
SURROUNDINGS = 0.6
"""Margin around the box, as a fraction of its longer side."""

GROUND_TRUTH = "ground_truth"


@dataclass(frozen=True, eq=False)
class Example:
    """One thumbnail of a contact sheet.

    Args:
        picture: name of the photo.
        boxes: `(style, xyxy)`, style a label or `GROUND_TRUTH`, xyxy float64 (4,) in pixels of the photo; the first
            one is shown with its surroundings.
        gt_label: ground truth, or None for a false positive.
        predicted_label: the app's, or None for a miss.
        note: what else to know, in a few words.
        whole: show the whole picture instead; then there may be no box.
    """

    picture: str
    boxes: tuple[tuple[str, Float64Array], ...]
    gt_label: str | None
    predicted_label: str | None
    note: str
    whole: bool = False


@dataclass(frozen=True)
class Group:
    """Examples of one kind, under a heading."""

    title: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Picture:
    """A part of a photo, x and y of its corner and its size in units of the thumbnail.

    Args:
        url: holds the picture itself.
    """

    x: float
    y: float
    width: float
    height: float
    url: str


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """What `sheets.html` draws of an example.

    Args:
        example: its labels and words.
        picture: None where the box lies outside the photo.
        boxes: style and SVG path of each, in units of the thumbnail.
    """

    example: Example
    picture: Picture | None
    boxes: tuple[tuple[str, str], ...]
    side_px: int = SIDE_PX


@dataclass(frozen=True)
class Sheet:
    """Thumbnails under a heading; there may be none."""

    title: str
    thumbnails: tuple[Thumbnail, ...]


def sheets(groups: Iterable[Group], read: Callable[[str], Frame]) -> list[Sheet]:
    """Return groups of examples with their pictures.

    Args:
        groups: empty ones are named too.
        read: returns a photo by its name, uint8 (H, W, 3) BGR.
    """
    return [
        Sheet(group.title, tuple(_thumbnail(each, read(each.picture)) for each in group.examples)) for group in groups
    ]


def _thumbnail(example: Example, frame: Frame) -> Thumbnail:
    height, width = frame.shape[:2]
    left, top, side = _whole(width, height) if example.whole else _window(example.boxes[0][1], width, height)
    scale = SIDE_PX / side
    boxes = tuple((style, _path(style, (box - (left, top, left, top)) * scale)) for style, box in example.boxes)
    return Thumbnail(example, _picture(frame, left, top, scale), boxes)


def _whole(width: int, height: int) -> tuple[float, float, float]:
    side = max(width, height)
    return (width - side) / 2, (height - side) / 2, float(side)


def _window(xyxy: Float64Array, width: int, height: int) -> tuple[float, float, float]:
    # A square around the box: left, top, side. Near the edge it moves inwards, and it is no larger than the photo's
    # shorter side unless the box is, so that there is more photo than nothing in it.
    box = max(float((xyxy[2:] - xyxy[:2]).max()), 1.0)
    side = max(min(box * (1 + 2 * SURROUNDINGS), min(width, height)), box * 1.1)
    left, top = (
        (length - side) / 2 if side > length else min(max(middle - side / 2, 0), length - side)
        for middle, length in zip((xyxy[:2] + xyxy[2:]) / 2, (width, height), strict=True)
    )
    return float(left), float(top), side


def _picture(frame: Frame, left: float, top: float, scale: float) -> Picture | None:
    # What lies outside the photo stays empty, so that no repeated edge passes for a part of it.
    height, width = frame.shape[:2]
    x1, y1 = max(int(left), 0), max(int(top), 0)
    x2, y2 = min(int(left + SIDE_PX / scale) + 1, width), min(int(top + SIDE_PX / scale) + 1, height)
    if x2 <= x1 or y2 <= y1:
        return None
    size = (max(round((x2 - x1) * scale), 1), max(round((y2 - y1) * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(frame[y1:y2, x1:x2], size, interpolation=method).astype(np.uint8)
    x, y, shown_width, shown_height = (round(length * scale, 1) for length in (x1 - left, y1 - top, x2 - x1, y2 - y1))
    return Picture(x, y, shown_width, shown_height, data_url(picture))


def _path(style: str, xyxy: Float64Array) -> str:
    x1, y1, x2, y2 = (round(float(v), 1) for v in xyxy)
    if style != "with_mask":
        return f"M{x1} {y1}H{x2}V{y2}H{x1}Z"
    # Corners alone, a fourth of each side, as in the mirror.
    w, h = round((x2 - x1) / 4, 1), round((y2 - y1) / 4, 1)
    return (
        f"M{x1} {y1 + h:.1f}V{y1}h{w}M{x2 - w:.1f} {y1}H{x2}v{h}M{x2} {y2 - h:.1f}V{y2}h{-w}"
        f"M{x1 + w:.1f} {y2}H{x1}v{-h}"
    )


def data_url(picture: Frame) -> str:
    """Return a picture as an address that holds it, a JPEG.

    Args:
        picture: uint8 (H, W, 3) BGR.
    """
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
