"""Indices of the labels, and what is computed on them."""

from __future__ import annotations

import numpy as np

from webapp.vision.detections import LABELS, FloatArray, IntArray

WITH_MASK, WITHOUT_MASK, INCORRECT = (
    LABELS.index(name) for name in ("with_mask", "without_mask", "mask_worn_incorrectly")
)


def one_hot(label: IntArray, classes: int = len(LABELS)) -> FloatArray:
    """Return labels as probabilities.

    Args:
        label: int64 (n,), index of the class; -1 (unknown) gives a row of zeros.
        classes: how many there are.

    Returns:
        float32 (n, classes), 1 at each label and 0 elsewhere.
    """
    return (label[:, None] == np.arange(classes)).astype(np.float32)


def merged(label: IntArray) -> IntArray:
    """Return labels of two classes: a badly worn mask counts as none."""
    return np.where(label == INCORRECT, WITHOUT_MASK, label)
