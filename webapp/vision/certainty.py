"""Labels of low confidence: pages, pictures and videos show "Not sure" instead. API and JSON keep the label."""

from __future__ import annotations

import numpy as np

from webapp.vision.detections import BoolArray, Detections, FloatArray

UNSURE_BELOW = 0.60
"""A label score below is unsure: the label is hardly more often right than wrong."""

SURE_FROM = 0.66
"""Along a track an unsure face becomes sure at this label score. The gap is wider than what one frame of 30 a
second moves a vote (4.5 %), so a score that stays around the limit does not change the state with every frame."""


def unsure(label_score: FloatArray) -> BoolArray:
    """Return which label scores are unsure, without a track.

    Args:
        label_score: float32 (n,) in [0, 1].

    Returns:
        bool (n,).
    """
    return np.asarray(label_score < UNSURE_BELOW)


def still_unsure(label_score: FloatArray, was_unsure: BoolArray) -> BoolArray:
    """Return which faces of tracks are unsure, with hysteresis.

    Args:
        label_score: float32 (n,) in [0, 1], after the vote.
        was_unsure: bool (n,), as last shown.

    Returns:
        bool (n,).
    """
    return np.asarray(label_score < np.where(was_unsure, SURE_FROM, UNSURE_BELOW))


def unsure_faces(detections: Detections) -> BoolArray:
    """Return which faces are unsure: by their tracks, else by their own label scores; bool (n,).

    Raises:
        ValueError: the detections carry no labels.
    """
    if detections.unsure is not None:
        return detections.unsure
    if detections.label_score is None:
        raise ValueError("only labelled detections can be unsure")
    return unsure(detections.label_score)
