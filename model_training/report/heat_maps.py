"""Heat maps beside their pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from model_training.report.contact_sheets import data_url
from webapp.vision.detections import FloatArray
from webapp.vision.frames import Frame

SIDE_PX = 160


@dataclass(frozen=True, eq=False)
class Heat:
    """A picture and where its heat is.

    Args:
        picture: uint8 (s, s, 3) BGR, as the network takes it.
        heat: float32 (h, w) in [0, 1].
        notes: in a few words, a paragraph each.
        gt_label: ground truth, for a classifier.
        predicted_label: its prediction.
    """

    picture: Frame
    heat: FloatArray
    notes: tuple[str, ...]
    gt_label: str | None = None
    predicted_label: str | None = None


@dataclass(frozen=True, eq=False)
class Pair:
    """What `sheets.html` shows of a heat map: the input and its heat, as addresses that hold them."""

    heat: Heat
    input_url: str
    heat_url: str
    side_px: int = SIDE_PX


def pairs(heats: Mapping[str, Iterable[Heat]]) -> dict[str, list[Pair]]:
    """Return heat maps beside their pictures, under the same headings."""
    return {title: [_pair(heat) for heat in group] for title, group in heats.items()}


def overlay(picture: Frame, heat: FloatArray) -> Frame:
    """Return a picture in grey with its heat over it, from black over violet and red to yellow.

    Args:
        picture: uint8 (s, s, 3) BGR.
        heat: float32 (h, w) in [0, 1].

    Returns:
        uint8 (s, s, 3) BGR.
    """
    side = picture.shape[0]
    levels = cv2.resize(heat.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR).clip(0, 1)
    colours = cv2.applyColorMap((levels * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    # Where there is no heat the picture stays visible, if dark.
    opacity = (0.35 + 0.35 * levels)[..., None]
    return np.clip(grey * (1 - opacity) + colours * opacity, 0, 255).astype(np.uint8)


def _pair(heat: Heat) -> Pair:
    shown = cv2.resize(heat.picture, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Pair(heat, data_url(shown), data_url(overlay(shown, heat.heat)))
