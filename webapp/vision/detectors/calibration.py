"""Calibration of detection scores, read from a detector's card, for each set of views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.vision.boxes import areas, unmove_edges
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.anchor_free import logits_of, sigmoid
from webapp.vision.detectors.views import View, largest_px, views_name

DEFAULT_THRESHOLD = 0.5

SIZE_OCTAVES = (-3.5, 3.33)
"""Range of a face's size, octaves from a tenth of the frame's longer side; 3.33 fills the frame."""


@dataclass(frozen=True)
class Calibration:
    """Platt scaling of raw scores (Platt 1999) and an operating point.

    The calibrated score depends on the face's size: sigmoid(slope * logit(score) + offset +
    size_slope * o + size_curve * o^2), with o the size in octaves, see `size_octaves`.

    Args:
        slope: of the raw score's logit, more than 0.
        offset: added to it.
        size_slope: for every octave of size.
        size_curve: for its square.
        threshold: calibrated score, in [0, 1], from which on a detection counts as a face.
        box_bias: how far the edges of the detector's boxes lie from those of labelled ones, fractions of the
            labelled sides (x1, y1, x2, y2).
    """

    slope: float = 1.0
    offset: float = 0.0
    size_slope: float = 0.0
    size_curve: float = 0.0
    threshold: float = DEFAULT_THRESHOLD
    box_bias: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)

    @classmethod
    def of_card(cls, card: dict[str, Any], views: Sequence[View]) -> Calibration:
        """Read the calibration of views, or of the views nearest in size that the card has.

        Args:
            card: its `calibration` maps names of views (`416+160`) to the numbers above; empty while a detector is
                not calibrated.
            views: see `views.views_name`.

        Raises:
            KeyError, TypeError, ValueError: the entry is missing or malformed.
        """
        table: dict[str, dict[str, Any]] = card["calibration"]
        if table == {}:
            return cls()
        name, size_px = views_name(views), views[0].size_px
        row = table.get(name) or table[min(table, key=lambda known: abs(largest_px(known) - size_px))]
        numbers = {key: float(row[key]) for key in ("slope", "offset", "size_slope", "size_curve", "threshold")}
        found = cls(**numbers, box_bias=tuple(map(float, row["box_bias"])))
        if not (found.slope > 0 and 0 <= found.threshold <= 1 and len(found.box_bias) == 4):
            raise ValueError(f"calibration of {name}")
        return found

    def unbiased(self, xyxy: FloatArray) -> FloatArray:
        """Return boxes with the bias of the detector removed, float32 (n, 4)."""
        return unmove_edges(xyxy, np.array(self.box_bias, np.float32))

    def apply(self, score: FloatArray, xyxy: FloatArray, longer_px: int) -> FloatArray:
        """Return calibrated scores for raw ones, float32 (n,) in [0, 1].

        Args:
            score: float32 (n,), raw.
            xyxy: float32 (n, 4), pixels of the frame.
            longer_px: longer side of the frame.
        """
        octaves = size_octaves(xyxy, longer_px)
        logit = logits_of(score) * self.slope + self.offset + self.size_slope * octaves + self.size_curve * octaves**2
        return sigmoid(logit.astype(np.float32))


def size_octaves(xyxy: FloatArray, longer_px: int) -> NDArray[np.float64]:
    """Return how large boxes are in their frame, float64 (n,): octaves from a tenth of its longer side, limited.

    Args:
        xyxy: float32 (n, 4), pixels.
        longer_px: longer side of the frame. A box of 64 x 64 pixels in a frame of 640 x 480 gives 0.
    """
    side = np.sqrt(np.maximum(areas(xyxy).astype(np.float64), 1.0))
    return np.clip(np.log2(side / longer_px * 10), *SIZE_OCTAVES)
