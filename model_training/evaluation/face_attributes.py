"""Attributes of a face measured on its pixels: blur, luminance, and a proxy of the skin tone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from webapp.vision.detections import Float64Array
from webapp.vision.frames import Frame

SIDE_PX = 32
"""Smallest shorter side for blur and skin tone: enlarging a smaller face would blur it."""


@dataclass(frozen=True)
class FaceAttributes:
    """Attributes of one face; NaN where they cannot be measured.

    Args:
        blur: variance of the Laplacian of the face, 32 x 32 px, grey levels squared; low is blurred (Pech-Pacheco et
            al. 2000, doi:10.1109/ICPR.2000.903548). Low contrast lowers it too.
        luminance: median grey level of the face, 0 to 255.
        ita_deg: individual typology angle, degrees; high is light (Chardon et al. 1991,
            doi:10.1111/j.1467-2494.1991.tb00561.x).
    """

    blur: float
    luminance: float
    ita_deg: float


def face_attributes(frame: Frame, xyxy: Float64Array) -> FaceAttributes:
    """Measure the attributes of one face.

    Args:
        frame: uint8 (H, W, 3) BGR.
        xyxy: four numbers, pixels.
    """
    height, width = frame.shape[:2]
    x1, y1 = (int(v) for v in np.floor(np.clip(xyxy[:2], 0, (width - 1, height - 1))))
    x2, y2 = (int(v) for v in np.ceil(np.clip(xyxy[2:], (x1 + 1, y1 + 1), (width, height))))
    face = frame[y1:y2, x1:x2]
    grey = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)
    if min(face.shape[:2]) < SIDE_PX:
        return FaceAttributes(math.nan, float(np.median(grey)), math.nan)
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return FaceAttributes(
        float(cv2.Laplacian(small, cv2.CV_64F).var()), float(np.median(grey)), typology_angle(_upper_part(face))
    )


def typology_angle(skin: Frame) -> float:
    """Return the individual typology angle of a patch of skin: arctan((L* - 50) / b*), degrees.

    Args:
        skin: uint8 (h, w, 3) BGR.

    Returns:
        NaN where b* is 2 or less: grey or blue light.
    """
    lightness, _, b = np.median(
        cv2.cvtColor(skin.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).reshape(-1, 3), axis=0
    ).tolist()
    return math.degrees(math.atan2(lightness - 50, b)) if b > 2 else math.nan


def _upper_part(face: Frame) -> Frame:
    # Forehead, eyes and cheekbones: below there may be a beard, at the sides hair and background.
    height, width = face.shape[:2]
    return face[round(0.15 * height) : round(0.5 * height), round(0.25 * width) : round(0.75 * width)]
