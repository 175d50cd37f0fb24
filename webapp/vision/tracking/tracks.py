"""The state of a tracker between frames: a struct of arrays, one row per track."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from webapp.vision import certainty
from webapp.vision.detections import LABELS, BoolArray, Detections, Float64Array, FloatArray, IntArray
from webapp.vision.second_opinion import OPINION_HALF_LIFE_S, OPINION_WEIGHT
from webapp.vision.tracking.one_euro import box_sizes, steady_boxes

HALF_LIFE_S = 0.5
"""Time in which a detection loses half its weight in the vote."""

HYSTERESIS = 1.5
"""Another label replaces the shown one when it is so many times as probable."""

GLIDE_MAX_S = 0.3
"""Time for which a face without a detection is extrapolated at constant speed."""

_NO_LABEL = -1
AnyFloat = TypeVar("AnyFloat", np.float32, np.float64)


@dataclass(frozen=True, eq=False)
class Tracks:
    """The i-th row of every array belongs to the same track.

    Args:
        track_id: int64 (n,).
        detected_s: float64 (n,), time of the last detection.
        detected: float64 (n, 4), xyxy of the last detection, pixels.
        steady: float64 (n, 4), smoothed xyxy, pixels.
        speed: float64 (n, 4), of each coordinate, box sizes a second.
        votes: float64 (n, 3), label probabilities of the frames summed up; older ones weigh less.
        frames: float64 (n,), labelled frames summed up the same way, so `votes / frames` are probabilities.
        opinions: float64 (n, 3), label probabilities of the second opinions, summed up like `votes`.
        opinion_weight: float64 (n,), second opinions summed up the same way, 0 while there was none.
        opinion_s: float64 (n,), time of the last one, minus infinity while there was none.
        label: int64 (n,), as last shown, -1 while nothing labelled the face.
        unsure: bool (n,), as last shown.
    """

    track_id: IntArray
    detected_s: Float64Array
    detected: Float64Array
    steady: Float64Array
    speed: Float64Array
    votes: Float64Array
    frames: Float64Array
    opinions: Float64Array
    opinion_weight: Float64Array
    opinion_s: Float64Array
    label: IntArray
    unsure: BoolArray

    @classmethod
    def begin(cls, detections: Detections, track_id: IntArray, now_s: float) -> Self:
        """Return a new track for each face.

        Args:
            detections: n faces.
            track_id: int64 (n,).
            now_s: time of the detections.
        """
        n = len(detections)
        xyxy = detections.xyxy.astype(np.float64)
        votes, frames = _ballot(detections)
        return cls(
            track_id=track_id,
            detected_s=np.full(n, now_s),
            detected=xyxy,
            steady=xyxy,
            speed=np.zeros((n, 4)),
            votes=votes,
            frames=frames,
            opinions=np.zeros((n, len(LABELS))),
            opinion_weight=np.zeros(n),
            opinion_s=np.full(n, -np.inf),
            label=np.full(n, _NO_LABEL, np.int64),
            unsure=np.zeros(n, bool),
        )

    def __len__(self) -> int:
        return len(self.track_id)

    def select(self, index: NDArray[Any]) -> Self:
        """Return the rows that a boolean mask or an index array picks."""
        return type(self)(*(array[index] for array in self._arrays()))

    def join(self, others: Self) -> Self:
        """Return these rows with others behind them."""
        pairs = zip(self._arrays(), others._arrays(), strict=True)
        return type(self)(*(np.concatenate(pair) for pair in pairs))

    def expected(self, now_s: float) -> FloatArray:
        """Return the boxes extrapolated to now at constant speed, float32 (n, 4), xyxy in pixels."""
        glide_s = np.minimum(now_s - self.detected_s, GLIDE_MAX_S)[:, None]
        way = (self.speed[:, :2] + self.speed[:, 2:]) / 2 * box_sizes(self.detected)[:, None] * glide_s
        return (self.detected + np.tile(way, 2)).astype(np.float32)

    def update(self, detections: Detections, now_s: float) -> Self:
        """Return the same tracks after one more detection each; their labels stay until `elect`.

        Args:
            detections: of each track its face.
            now_s: time of the detections, later than `detected_s`.
        """
        step_s = now_s - self.detected_s
        detected = detections.xyxy.astype(np.float64)
        steady, speed = steady_boxes(self.steady, self.speed, self.detected, detected, step_s)
        votes, frames = _ballot(detections)
        fading = 0.5 ** (step_s / HALF_LIFE_S)
        return replace(
            self,
            detected_s=np.full(len(self), now_s),
            detected=detected,
            steady=steady,
            speed=speed,
            votes=votes + self.votes * fading[:, None],
            frames=frames + self.frames * fading,
            opinions=self.opinions * fading[:, None],
            opinion_weight=self.opinion_weight * fading,
        )

    def add_opinions(self, rows: IntArray, label_probs: FloatArray, now_s: float) -> Self:
        """Return the same tracks after second opinions about some of them.

        Args:
            rows: int64 (k,), which tracks, each once.
            label_probs: float32 (k, 3), each row sums to 1.
            now_s: when they were given.
        """
        opinions, opinion_weight, opinion_s = self.opinions.copy(), self.opinion_weight.copy(), self.opinion_s.copy()
        opinions[rows] += label_probs
        opinion_weight[rows] += 1
        opinion_s[rows] = now_s
        return replace(self, opinions=opinions, opinion_weight=opinion_weight, opinion_s=opinion_s)

    def label_probs(self, now_s: float) -> Float64Array:
        """Return the probability of each label after the vote, float64 (n, 3); 0 for tracks without a vote."""
        vote = self.votes / np.where(self.frames > 0, self.frames, 1)[:, None]
        opinion = self.opinions / np.where(self.opinion_weight > 0, self.opinion_weight, 1)[:, None]
        weight = (OPINION_WEIGHT * 0.5 ** ((now_s - self.opinion_s) / OPINION_HALF_LIFE_S))[:, None]
        probs: Float64Array = (vote + weight * opinion) / (1 + weight)
        return probs

    def elect(self, now_s: float) -> Self:
        """Return the same tracks, with labels and certainty decided by the vote; once per frame.

        Args:
            now_s: time of the frame.
        """
        probs = self.label_probs(now_s)
        first = probs.argmax(axis=1)
        holder = np.where(self.label == _NO_LABEL, first, self.label)
        label = np.where(_of(probs, first) > HYSTERESIS * _of(probs, holder), first, holder).astype(np.int64)
        label = np.where(self.frames > 0, label, self.label)
        score = _of(probs, label).astype(np.float32)
        unsure = (self.frames > 0) & certainty.still_unsure(score, self.unsure)
        return replace(self, label=label, unsure=unsure)

    def show(self, detections: Detections, now_s: float) -> Detections:
        """Return detections with number, steady box, elected label and certainty of their tracks, row by row."""
        shown = replace(detections, xyxy=self.steady.astype(np.float32), track_id=self.track_id.copy())
        if detections.label is None:
            return shown
        probs = np.clip(self.label_probs(now_s), 0.0, 1.0).astype(np.float32)
        return replace(
            shown,
            label=self.label.copy(),
            label_score=_of(probs, self.label),
            # Where the frame has labels alone, what the vote assumed of the other two is not handed on.
            label_probs=None if detections.label_probs is None else probs,
            unsure=self.unsure.copy(),
        )

    def _arrays(self) -> list[NDArray[Any]]:
        return [getattr(self, field.name) for field in fields(self)]


def _ballot(detections: Detections) -> tuple[Float64Array, Float64Array]:
    """Return the votes of one frame, float64 (n, 3) and (n,): its label probabilities, each row sums to 1.

    Of a label without probabilities the score counts, and the other two labels get half of the rest each.
    """
    n = len(detections)
    if detections.label is None or detections.label_score is None:
        return np.zeros((n, len(LABELS))), np.zeros(n)
    if detections.label_probs is not None:
        return detections.label_probs.astype(np.float64), np.ones(n)
    score = detections.label_score.astype(np.float64)
    votes = np.repeat(((1 - score) / (len(LABELS) - 1))[:, None], len(LABELS), axis=1)
    votes[np.arange(n), detections.label] = score
    return votes, np.ones(n)


def _of(probs: NDArray[AnyFloat], label: IntArray) -> NDArray[AnyFloat]:
    return probs[np.arange(len(label)), label]
