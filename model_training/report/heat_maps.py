"""Heat maps beside their pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np

from model_training.report.contact_sheets import data_url
from webapp.vision.crops import Frame
from webapp.vision.detections import FloatArray

SIDE_PX = 160
HEAT = """<p>Grad-CAM (Selvaraju et al. 2017): bright parts are evidence for the prediction, dark ones are not. Left,
the input of the network. The maps are as coarse as its last feature maps, and do not prove a cause.</p>"""
NO_HEAT = "<p>Gradients need the Keras model: <code>--run</code> draws them, a LiteRT file cannot.</p>"


@dataclass(frozen=True, eq=False)
class Heat:
    """A picture and where its heat is.

    Args:
        picture: uint8 (s, s, 3) BGR, as the network takes it.
        heat: float32 (h, w) in [0, 1].
        comparison: HTML, label and prediction.
        note: in a few words.
    """

    picture: Frame
    heat: FloatArray
    comparison: str
    note: str


def heat_sheet(title: str, heats: Iterable[Heat]) -> str:
    """Return pictures with their heat as HTML; no heading of what there is none of."""
    cards = "".join(_card(heat) for heat in heats)
    return f'<h3>{escape(title)}</h3><ul class="sheet pairs">{cards}</ul>' if cards else ""


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


def _card(heat: Heat) -> str:
    shown = cv2.resize(heat.picture, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.uint8)
    pictures = "".join(
        f'<img class="thumbnail" width="{SIDE_PX}" height="{SIDE_PX}" alt="{alt}" src="{data_url(picture)}">'
        for alt, picture in (("input of the network", shown), ("its heat", overlay(shown, heat.heat)))
    )
    return f'<li><div class="pair">{pictures}</div><p>{heat.comparison}</p><p>{escape(heat.note)}</p></li>'
