"""Contact sheets: a thumbnail an example, its boxes drawn over it as the app draws them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np

from model_training.report.words import label_comparison, state
from webapp.vision.crops import Frame
from webapp.vision.detections import Float64Array

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


def sheet(groups: Iterable[Group], read: Callable[[str], Frame]) -> str:
    """Return groups of examples as HTML.

    Args:
        groups: empty ones are named too.
        read: returns a photo by its name, uint8 (H, W, 3) BGR.
    """
    parts = []
    for group in groups:
        cards = "".join(_card(example, read(example.picture)) for example in group.examples)
        body = f'<ul class="sheet">{cards}</ul>' if cards else "<p>None.</p>"
        parts.append(f"<h3>{escape(group.title)}</h3>{body}")
    return "".join(parts)


def _card(example: Example, frame: Frame) -> str:
    height, width = frame.shape[:2]
    left, top, side = _whole(width, height) if example.whole else _window(example.boxes[0][1], width, height)
    scale = SIDE_PX / side
    shapes = "".join(_box(style, (box - (left, top, left, top)) * scale) for style, box in example.boxes)
    name = escape(example.picture)
    return (
        f'<li><svg class="thumbnail" viewBox="0 0 {SIDE_PX} {SIDE_PX}" role="img" aria-label="{name}">'
        f"{_picture(frame, left, top, scale)}{shapes}</svg>"
        f'{_labels(example)}<p>{escape(example.note)}</p><p class="name" title="{name}">{name}</p></li>'
    )


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


def _picture(frame: Frame, left: float, top: float, scale: float) -> str:
    # What lies outside the photo stays empty, so that no repeated edge passes for a part of it.
    height, width = frame.shape[:2]
    x1, y1 = max(int(left), 0), max(int(top), 0)
    x2, y2 = min(int(left + SIDE_PX / scale) + 1, width), min(int(top + SIDE_PX / scale) + 1, height)
    if x2 <= x1 or y2 <= y1:
        return ""
    size = (max(round((x2 - x1) * scale), 1), max(round((y2 - y1) * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(frame[y1:y2, x1:x2], size, interpolation=method).astype(np.uint8)
    return (
        f'<image x="{(x1 - left) * scale:.1f}" y="{(y1 - top) * scale:.1f}" width="{(x2 - x1) * scale:.1f}" '
        f'height="{(y2 - y1) * scale:.1f}" preserveAspectRatio="none" href="{data_url(picture)}"/>'
    )


def _labels(example: Example) -> str:
    gt_label, predicted_label = example.gt_label, example.predicted_label
    if gt_label is None and predicted_label is None:
        return ""
    if gt_label is None or predicted_label is None:
        return f"<p>{state(gt_label or predicted_label or '')}</p>"
    return f"<p>{label_comparison(gt_label, predicted_label)}</p>"


def _box(style: str, xyxy: Float64Array) -> str:
    x1, y1, x2, y2 = (round(float(v), 1) for v in xyxy)
    path = f"M{x1} {y1}H{x2}V{y2}H{x1}Z"
    if style == "with_mask":
        # Corners alone, a fourth of each side, as in the mirror.
        w, h = round((x2 - x1) / 4, 1), round((y2 - y1) / 4, 1)
        path = (
            f"M{x1} {y1 + h:.1f}V{y1}h{w}M{x2 - w:.1f} {y1}H{x2}v{h}M{x2} {y2 - h:.1f}V{y2}h{-w}"
            f"M{x1 + w:.1f} {y2}H{x1}v{-h}"
        )
    return f'<path class="halo" d="{path}"/><path class="box {style}" d="{path}"/>'


def data_url(picture: Frame) -> str:
    """Return a picture as an address that holds it, a JPEG.

    Args:
        picture: uint8 (H, W, 3) BGR.
    """
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
