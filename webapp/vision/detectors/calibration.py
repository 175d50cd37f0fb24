"""What makes a detector's scores mean something: read from its card, for each way of looking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.vision.detections import FloatArray
from webapp.vision.detectors.anchor_free import logit_of, logits_of, sigmoid

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True)
class Calibration:
    """From a raw score to the share of such detections that are faces (Platt 1999), and an operating point.

    Args:
        slope: of the raw score's logit, more than 0.
        offset: added to it.
        threshold: calibrated score, in [0, 1], from which on a detection counts as a face.
    """

    slope: float = 1.0
    offset: float = 0.0
    threshold: float = DEFAULT_THRESHOLD

    @classmethod
    def of_card(cls, card: dict[str, Any], way: str) -> Calibration:
        """Read what a card says of a way of looking, or of the nearest one in size that it knows.

        Args:
            card: its `calibration` maps ways of looking (`416`, `960+640+320+mirror`) to the three numbers; empty
                while a detector is not calibrated.
            way: see `multiface.looks_name`.

        Raises:
            KeyError, TypeError, ValueError: the card lacks or garbles it.
        """
        table: dict[str, dict[str, Any]] = card["calibration"]
        if table == {}:
            return cls()
        size_px = int(way.split("+")[0])
        row = table.get(way) or table[min(table, key=lambda name: abs(int(name.split("+")[0]) - size_px))]
        found = cls(float(row["slope"]), float(row["offset"]), float(row["threshold"]))
        if not (found.slope > 0 and 0 <= found.threshold <= 1):
            raise ValueError(f"calibration of {way}")
        return found

    def apply(self, score: FloatArray) -> FloatArray:
        """Return calibrated scores for raw ones, float32 (n,) in [0, 1]; their order stays."""
        return sigmoid(logits_of(score) * self.slope + self.offset)

    def raw(self, score: float) -> float:
        """Return the raw score that becomes this calibrated one."""
        if not 0 < score < 1:
            return score
        return float(sigmoid(np.array((logit_of(score) - self.offset) / self.slope, np.float32)))
