"""Labelled crops of one visitor, as a validated struct of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from webapp.vision.detections import LABELS, BoolArray, FloatArray, IntArray, check_array
from webapp.vision.errors import PersonalError

MIN_PER_LABEL = 5
"""Examples from which on a label is learnt."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Crops of one visitor, in the order in which they were taken.

    Args:
        features: float32 (n, k), of the crop classifier.
        shipped: float32 (n, 3), its label probabilities.
        label: int64 (n,), index into `LABELS`.
        sitting: name of the sitting (another lamp, another chair) of each.

    Raises:
        ValueError: a shape or a dtype does not fit.
    """

    features: FloatArray
    shipped: FloatArray
    label: IntArray
    sitting: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.sitting)
        check_array("features", self.features, (n, *self.features.shape[1:]), np.float32)
        check_array("shipped", self.shipped, (n, len(LABELS)), np.float32)
        check_array("label", self.label, (n,), np.int64)

    def __len__(self) -> int:
        return len(self.sitting)

    def select(self, mask: BoolArray) -> Examples:
        """Return the examples that a mask, bool (n,), picks."""
        sitting = tuple(name for name, chosen in zip(self.sitting, mask, strict=True) if chosen)
        return Examples(self.features[mask], self.shipped[mask], self.label[mask], sitting)

    def of_learnt_labels(self) -> Examples:
        """Return the examples whose labels have enough of them.

        Raises:
            PersonalError: fewer than two labels have.
        """
        counts = np.bincount(self.label, minlength=len(LABELS))
        if (counts >= MIN_PER_LABEL).sum() < 2:
            raise PersonalError(
                f"Your own classifier needs {MIN_PER_LABEL} pictures or more of at least two states, such as mask and "
                "no mask."
            )
        return self.select(counts[self.label] >= MIN_PER_LABEL)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many examples each sitting has of each label, sittings in the order of their first examples."""
        found: dict[str, dict[str, int]] = {}
        for label, sitting in zip(self.label.tolist(), self.sitting, strict=True):
            of_sitting = found.setdefault(sitting, dict.fromkeys(LABELS, 0))
            of_sitting[LABELS[label]] += 1
        return found
