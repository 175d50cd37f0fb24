"""What a tracker remembers of faces between frames: a struct of arrays, a track a row."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from webapp.vision.detections import LABELS, Detections, FloatArray, IntArray
from webapp.vision.one_euro import Float64Array, box_sizes, steady_boxes

HALF_LIFE_S = 0.5
"""Time in which what was seen of a label loses half its weight in the vote."""

HYSTERESIS = 1.5
"""So many times the weight of the label shown must another one have to take its place."""

GLIDE_MAX_S = 0.3
"""For so long a face out of sight is expected to go on as it went; people do not go on straight."""

_NO_LABEL = -1


@dataclass(frozen=True, eq=False)
class Tracks:
    """The i-th row of every array speaks of the same track.

    Args:
        track_id: int64 (n,).
        seen_s: float64 (n,), when last seen.
        seen: float64 (n, 4), xyxy as last seen, pixels.
        steady: float64 (n, 4), xyxy as last shown, pixels.
        speed: float64 (n, 4), of each coordinate, box sizes a second.
        votes: float64 (n, 3), label scores summed up by label; older ones weigh less.
        frames: float64 (n,), labelled frames summed up the same way, so `votes / frames` are shares.
        label: int64 (n,), as last shown, -1 while nothing labelled the face.
    """

    track_id: IntArray
    seen_s: Float64Array
    seen: Float64Array
    steady: Float64Array
    speed: Float64Array
    votes: Float64Array
    frames: Float64Array
    label: IntArray

    @classmethod
    def begin(cls, detections: Detections, track_id: IntArray, now_s: float) -> Self:
        """Return a new track for each face.

        Args:
            detections: n faces.
            track_id: int64 (n,).
            now_s: when they are seen.
        """
        n = len(detections)
        xyxy = detections.xyxy.astype(np.float64)
        votes, frames = _ballot(detections)
        label = np.full(n, _NO_LABEL, np.int64) if detections.label is None else detections.label
        return cls(track_id, np.full(n, now_s), xyxy, xyxy, np.zeros((n, 4)), votes, frames, label)

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
        """Return where the faces should be now if they go on as they went, float32 (n, 4), xyxy in pixels."""
        glide_s = np.minimum(now_s - self.seen_s, GLIDE_MAX_S)[:, None]
        way = (self.speed[:, :2] + self.speed[:, 2:]) / 2 * box_sizes(self.seen)[:, None] * glide_s
        return (self.seen + np.tile(way, 2)).astype(np.float32)

    def see(self, detections: Detections, now_s: float) -> Self:
        """Return the same tracks after one more sight.

        Args:
            detections: of each track its face.
            now_s: when they are seen, later than `seen_s`.
        """
        step_s = now_s - self.seen_s
        seen = detections.xyxy.astype(np.float64)
        steady, speed = steady_boxes(self.steady, self.speed, self.seen, seen, step_s)
        votes, frames = _ballot(detections)
        fading = 0.5 ** (step_s / HALF_LIFE_S)
        votes, frames = votes + self.votes * fading[:, None], frames + self.frames * fading
        label = self._elect(detections, votes)
        return replace(
            self,
            seen_s=np.full(len(self), now_s),
            seen=seen,
            steady=steady,
            speed=speed,
            votes=votes,
            frames=frames,
            label=label,
        )

    def show(self, detections: Detections) -> Detections:
        """Return detections with number, steady box and elected label of their tracks, row by row."""
        shown = replace(detections, xyxy=self.steady.astype(np.float32), track_id=self.track_id.copy())
        if detections.label is None:
            return shown
        share = _of(self.votes, self.label) / self.frames
        return shown.with_labels(self.label.copy(), np.clip(share, 0.0, 1.0).astype(np.float32))

    def _elect(self, detections: Detections, votes: Float64Array) -> IntArray:
        if detections.label is None:
            return self.label
        first = votes.argmax(axis=1)
        holder = np.where(self.label == _NO_LABEL, detections.label, self.label)
        return np.where(_of(votes, first) > HYSTERESIS * _of(votes, holder), first, holder).astype(np.int64)

    def _arrays(self) -> list[NDArray[Any]]:
        return [getattr(self, field.name) for field in fields(self)]


def _ballot(detections: Detections) -> tuple[Float64Array, Float64Array]:
    """Return the votes of one frame, float64 (n, 3) and (n,): each label counts as much as it is sure."""
    n = len(detections)
    votes = np.zeros((n, len(LABELS)))
    if detections.label is None or detections.label_score is None:
        return votes, np.zeros(n)
    votes[np.arange(n), detections.label] = detections.label_score
    return votes, np.ones(n)


def _of(votes: Float64Array, label: IntArray) -> Float64Array:
    return votes[np.arange(len(label)), label]
