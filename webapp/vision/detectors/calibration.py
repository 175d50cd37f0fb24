"""Calibration of detection scores, read from a detector's card, for each set of views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.vision.boxes import unmove_edges
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.anchor_free import logits_of, sigmoid
from webapp.vision.detectors.face_verification import Verification
from webapp.vision.detectors.size_octaves import size_octaves
from webapp.vision.detectors.views import View, largest_px, views_name

DEFAULT_THRESHOLD = 0.5


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
        verification: of large detections; None where the card has none.
    """

    slope: float = 1.0
    offset: float = 0.0
    size_slope: float = 0.0
    size_curve: float = 0.0
    threshold: float = DEFAULT_THRESHOLD
    box_bias: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    verification: Verification | None = None

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
        verification = Verification.of_row(row["verification"]) if row.get("verification") else None
        found = cls(**numbers, box_bias=tuple(map(float, row["box_bias"])), verification=verification)
        if not (found.slope > 0 and 0 <= found.threshold <= 1 and len(found.box_bias) == 4):
            raise ValueError(f"calibration of {name}")
        return found

    @property
    def operating_threshold(self) -> float:
        """Score from which on a detection counts as a face: that of verification where there is one."""
        return self.threshold if self.verification is None else self.verification.threshold

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
