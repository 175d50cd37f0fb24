"""The state of a tracker between frames: one row of numbers per track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from webapp.vision import certainty
from webapp.vision.detections import LABELS, Detections, Float64Array, FloatArray, IntArray
from webapp.vision.second_opinion import OPINION_HALF_LIFE_S, OPINION_WEIGHT
from webapp.vision.tracking.one_euro import box_sizes, steady_boxes

HALF_LIFE_S = 0.5
"""Time in which a detection loses half its weight in the vote."""

HYSTERESIS = 1.5
"""Another label replaces the shown one when it is so many times as probable."""

GLIDE_MAX_S = 0.3
"""Time for which a face without a detection is extrapolated at constant speed."""

_NO_LABEL = -1.0
AnyFloat = TypeVar("AnyFloat", np.float32, np.float64)

_ID = 0
"""Number of the track: whole, exact in a float64 up to 2^53."""

_DETECTED_S = 1
"""Time of the last detection."""

_DETECTED, _STEADY = slice(2, 6), slice(6, 10)
"""Box of the last detection and smoothed box, xyxy in pixels."""

_SPEED = slice(10, 14)
"""Of each coordinate, box sizes a second."""

_VOTES, _FRAMES = slice(14, 17), 17
"""Label probabilities of the frames summed up, older ones weigh less; labelled frames summed up the same way, so that
`votes / frames` are probabilities."""

_OPINIONS, _OPINION_WEIGHT = slice(18, 21), 21
"""Second opinions and their number, summed up the same way."""

_FADING = slice(14, 22)
_OPINION_S = 22
"""Time of the last second opinion, minus infinity while there was none."""

_LABEL, _UNSURE = 23, 24
"""As last shown; the label is -1 while nothing labelled the face."""

_COLUMNS = 25


@dataclass(frozen=True, eq=False)
class Tracks:
    """All tracks of a stream.

    Args:
        rows: float64 (n, 25), one track a row, columns as above. One array, since a frame has few faces: what counts
            is the number of calls, not their size.
    """

    rows: Float64Array

    @classmethod
    def none(cls) -> Self:
        """Return no track."""
        return cls(np.zeros((0, _COLUMNS)))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def detected_s(self) -> Float64Array:
        """Time of the last detection, float64 (n,)."""
        return self.rows[:, _DETECTED_S]

    def select(self, index: NDArray[Any]) -> Self:
        """Return the rows that a boolean mask or an index array picks."""
        return type(self)(self.rows[index])

    def join(self, others: Self) -> Self:
        """Return these rows with others behind them."""
        return type(self)(np.concatenate([self.rows, others.rows]))

    def scale(self, factor_x: float, factor_y: float) -> Self:
        """Return the same tracks in pixels of a frame that is so many times as wide and high."""
        rows = self.rows.copy()
        for box in (_DETECTED, _STEADY):
            rows[:, box] *= (factor_x, factor_y, factor_x, factor_y)
        return type(self)(rows)

    def expected(self, now_s: float) -> FloatArray:
        """Return the boxes extrapolated to now at constant speed, float32 (n, 4), xyxy in pixels."""
        detected, speed = self.rows[:, _DETECTED], self.rows[:, _SPEED]
        glide_s = np.minimum(now_s - self.detected_s, GLIDE_MAX_S)[:, None]
        way = (speed[:, :2] + speed[:, 2:]) / 2 * box_sizes(detected)[:, None] * glide_s
        return (detected + np.concatenate([way, way], axis=1)).astype(np.float32)

    def follow(self, track_of: IntArray, detections: Detections, new_id: int, now_s: float) -> Self:
        """Return the tracks of the faces of a frame, in their order; labels stay until `elect`.

        Args:
            track_of: int64 (n,), index of each face's track, each once, or -1 for a new one.
            detections: the n faces.
            new_id: number of the first new track.
            now_s: time of the frame, later than `detected_s`.
        """
        rows = np.empty((len(detections), _COLUMNS))
        detected, (votes, labelled) = detections.xyxy.astype(np.float64), _ballot(detections)
        new = np.flatnonzero(track_of < 0)
        old = np.flatnonzero(track_of >= 0) if len(new) else slice(None)
        if len(new) < len(rows):
            rows[old] = self._update(track_of[old], detected[old], votes[old], labelled, now_s)
        if len(new):
            rows[new] = 0.0
            rows[new, _ID] = np.arange(new_id, new_id + len(new))
            rows[new, _DETECTED] = rows[new, _STEADY] = detected[new]
            rows[new, _VOTES], rows[new, _FRAMES] = votes[new], labelled
            rows[new, _OPINION_S], rows[new, _LABEL] = -np.inf, _NO_LABEL
        rows[:, _DETECTED_S] = now_s
        return type(self)(rows)

    def _update(
        self, tracks: IntArray, detected: Float64Array, votes: Float64Array, labelled: float, now_s: float
    ) -> Float64Array:
        """Return the rows of some tracks after one more detection each, float64 (n, 25)."""
        rows = self.rows[tracks]
        step_s = now_s - rows[:, _DETECTED_S]
        rows[:, _STEADY], rows[:, _SPEED] = steady_boxes(
            rows[:, _STEADY], rows[:, _SPEED], rows[:, _DETECTED], detected, step_s
        )
        rows[:, _DETECTED] = detected
        rows[:, _FADING] *= (0.5 ** (step_s / HALF_LIFE_S))[:, None]
        rows[:, _VOTES] += votes
        rows[:, _FRAMES] += labelled
        return rows

    def add_opinions(self, tracks: IntArray, label_probs: FloatArray, now_s: float) -> Self:
        """Return the same tracks after second opinions about some of them.

        Args:
            tracks: int64 (k,), which tracks, each once.
            label_probs: float32 (k, 3), each row sums to 1.
            now_s: when they were given.
        """
        rows = self.rows.copy()
        rows[tracks, _OPINIONS] += label_probs
        rows[tracks, _OPINION_WEIGHT] += 1
        rows[tracks, _OPINION_S] = now_s
        return type(self)(rows)

    def opinion_age_s(self, now_s: float) -> Float64Array:
        """Return the time since the last second opinion, float64 (n,), infinite where there was none."""
        return now_s - self.rows[:, _OPINION_S]

    def label_probs(self, now_s: float) -> Float64Array:
        """Return the probability of each label after the vote, float64 (n, 3); 0 for tracks without a vote."""
        frames, opinion_weight = self.rows[:, _FRAMES], self.rows[:, _OPINION_WEIGHT]
        vote: Float64Array = self.rows[:, _VOTES] / np.where(frames > 0, frames, 1)[:, None]
        if not opinion_weight.any():
            return vote
        opinion = self.rows[:, _OPINIONS] / np.where(opinion_weight > 0, opinion_weight, 1)[:, None]
        weight = (OPINION_WEIGHT * 0.5 ** (self.opinion_age_s(now_s) / OPINION_HALF_LIFE_S))[:, None]
        probs: Float64Array = (vote + weight * opinion) / (1 + weight)
        return probs

    def elect(self, probs: Float64Array) -> Self:
        """Return the same tracks, with labels and certainty decided by the vote; once per frame.

        Args:
            probs: float64 (n, 3), see `label_probs`.
        """
        rows, first = self.rows.copy(), probs.argmax(axis=1)
        before, has_vote = rows[:, _LABEL], rows[:, _FRAMES] > 0
        holder = np.where(before == _NO_LABEL, first, before).astype(np.int64)
        label = np.where(_of(probs, first) > HYSTERESIS * _of(probs, holder), first, holder)
        rows[:, _LABEL] = np.where(has_vote, label, before)
        score = _of(probs, rows[:, _LABEL].astype(np.int64)).astype(np.float32)
        rows[:, _UNSURE] = has_vote & certainty.still_unsure(score, rows[:, _UNSURE] != 0)
        return type(self)(rows)

    def show(self, detections: Detections, probs: Float64Array) -> Detections:
        """Return detections with number, steady box, elected label and certainty of their tracks, row by row.

        Args:
            detections: of each track its face.
            probs: float64 (n, 3), see `label_probs`.
        """
        xyxy, track_id = self.rows[:, _STEADY].astype(np.float32), self.rows[:, _ID].astype(np.int64)
        if detections.label is None:
            return Detections(xyxy, detections.detection_score, track_id=track_id)
        shown = np.clip(probs, 0.0, 1.0).astype(np.float32)
        label = self.rows[:, _LABEL].astype(np.int64)
        # Where the frame has labels alone, what the vote assumed of the other two is not handed on.
        label_probs = None if detections.label_probs is None else shown
        unsure = self.rows[:, _UNSURE] != 0
        return Detections(xyxy, detections.detection_score, label, _of(shown, label), track_id, label_probs, unsure)


def _ballot(detections: Detections) -> tuple[Float64Array, float]:
    """Return the votes of one frame, float64 (n, 3): its label probabilities, and 1 if it is labelled, else 0.

    Of a label without probabilities the score counts, and the other two labels get half of the rest each.
    """
    n = len(detections)
    if detections.label is None or detections.label_score is None:
        return np.zeros((n, len(LABELS))), 0.0
    if detections.label_probs is not None:
        return detections.label_probs.astype(np.float64), 1.0
    score = detections.label_score.astype(np.float64)
    votes = np.repeat(((1 - score) / (len(LABELS) - 1))[:, None], len(LABELS), axis=1)
    votes[np.arange(n), detections.label] = score
    return votes, 1.0


def _of(probs: NDArray[AnyFloat], label: IntArray) -> NDArray[AnyFloat]:
    return probs[np.arange(len(label)), label]
