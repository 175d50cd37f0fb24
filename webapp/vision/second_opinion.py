"""Second opinions: the crop classifier labels the faces on which the detector has low confidence.

A crop costs a third of a whole frame, a detector's label nothing. So few faces are classified, those that gain by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from webapp.vision.detections import Detections, Float64Array, FloatArray, IntArray
from webapp.vision.frames import Frame

CONFIDENT_SCORE = 0.85
"""From this label score on there is no second opinion: of faces of `faces/val` from 48 px on, the detector labels
97.7 % above it rightly and 33 % below, where the classifier reaches 78 %. Faces for which a mask and a badly worn one
are similarly probable lie below."""

EVERY_FACE = math.inf
"""Confident score with a visitor's own classifier, which knows what the detector may get wrong with confidence."""

OPINION_MIN_SIDE_PX = 48
"""Shorter side of a face, pixels of the frame, from which on a nose is visible."""

PER_FRAME_MAX = 2
"""Faces of one frame."""

PAUSE_S = 0.2
"""Time of the stream between two opinions on one track: frames that follow closely show the same."""

OPINION_WEIGHT = 2.0
"""Weight of fresh second opinions relative to the detector's labels. Of 18 faces of `faces/val` that
the live detector finds and labels with less than .85, from 48 px on, it labels 6 rightly; a weight of .5 gives 9, from
1 on 14; log loss 1.00 (0), .69 (.5), .59 (1), .52 (2), .50 (3), .52 (classifier alone)."""

OPINION_HALF_LIFE_S = 2.0
"""Time in which the second opinions on a track lose half that weight after the last one. So 30 frames a second of the
detector do not outvote them, and their effect ends."""

ClassifyCrops = Callable[[Frame, FloatArray], FloatArray]
"""A frame, uint8 (H, W, 3) BGR, and boxes, float32 (k, 4) in its pixels, to label probabilities, float32 (k, 3)."""


@dataclass(frozen=True, eq=False)
class FaceState:
    """The state of the faces of one frame before second opinions.

    Args:
        label_probs: float32 (n, 3), after the vote.
        since_s: float64 (n,), time since the last opinion on each face, infinite where there was none.
    """

    label_probs: FloatArray
    since_s: Float64Array


SecondOpinions = Callable[[FaceState], tuple[IntArray, FloatArray]]
"""Returns the classified rows, int64 (k,), and their label probabilities, float32 (k, 3)."""


def select_faces(xyxy: FloatArray, state: FaceState, confident_score: float = CONFIDENT_SCORE) -> IntArray:
    """Select the faces of a frame for second opinions: the longest without one first, then the least confident.

    Args:
        xyxy: float32 (n, 4), pixels of the frame.
        state: of each face.
        confident_score: label score from which on a face needs no opinion; see `EVERY_FACE`.

    Returns:
        int64 (k,), at most `PER_FRAME_MAX` rows.
    """
    score = state.label_probs.max(axis=1)
    if not (score < confident_score).any():
        return np.zeros(0, np.int64)
    side_px = (xyxy[:, 2:] - xyxy[:, :2]).min(axis=1, initial=np.inf)
    # Frames at 5, 10 or 25 a second lie at multiples of the pause, give or take a rounding.
    rested = state.since_s >= PAUSE_S - 1e-3
    rows = np.flatnonzero((score < confident_score) & (side_px >= OPINION_MIN_SIDE_PX) & rested)
    order = np.lexsort((score[rows], -state.since_s[rows]))
    return rows[order][:PER_FRAME_MAX].astype(np.int64)


def classify_selected(
    frame: Frame,
    detections: Detections,
    state: FaceState,
    classify_crops: ClassifyCrops,
    confident_score: float = CONFIDENT_SCORE,
) -> tuple[IntArray, FloatArray]:
    """Return the selected faces, int64 (k,), and their label probabilities, float32 (k, 3).

    Args:
        frame: uint8 (H, W, 3) BGR.
        detections: of this frame, boxes as detected, not as smoothed by a tracker.
        state: of each face.
        classify_crops: not called where no face is selected.
        confident_score: see `select_faces`.
    """
    rows = select_faces(detections.xyxy, state, confident_score)
    if not len(rows):
        return rows, np.zeros((0, state.label_probs.shape[1]), np.float32)
    return rows, classify_crops(frame, detections.xyxy[rows])


def verified(
    frame: Frame, detections: Detections, classify_crops: ClassifyCrops, confident_score: float = CONFIDENT_SCORE
) -> Detections:
    """Return the faces of a single frame, with second opinions, weighted as by a tracker in a face's first frame.

    Args:
        frame: uint8 (H, W, 3) BGR.
        detections: of this frame; without probabilities they pass unchanged.
        classify_crops: see `classify_selected`.
        confident_score: see `select_faces`.
    """
    if detections.label_probs is None:
        return detections
    state = FaceState(detections.label_probs, np.full(len(detections), np.inf))
    rows, opinions = classify_selected(frame, detections, state, classify_crops, confident_score)
    if not len(rows):
        return detections
    label_probs = detections.label_probs.copy()
    label_probs[rows] = (label_probs[rows] + OPINION_WEIGHT * opinions) / (1 + OPINION_WEIGHT)
    return detections.with_label_probs(label_probs)
