"""The tracker, one per stream: smoothed boxes, voted labels, and a number for every face while it is in view."""

from __future__ import annotations

import math

import numpy as np

from webapp.vision.detections import Detections
from webapp.vision.second_opinion import FaceState, SecondOpinions
from webapp.vision.tracking.track_matching import match_faces
from webapp.vision.tracking.tracks import Tracks

FORGET_S = 1.0
"""Time of the stream after which a track without a detection ends."""

USUAL_STEP_S = 1 / 30
"""Step where the time of a stream does not advance."""

UNSEEN_MAX = 256
"""Largest number of tracks without a detection: it bounds memory and time for streams of ever new faces."""


class Tracker:
    """Tracks the faces of one stream. It adds no face, drops none and waits for no later frame.

    A `track_id` is one face in one stream while it is in view, never a person: a face that leaves and comes back
    later gets a new one. An instance belongs to one stream and to one thread at a time.
    """

    def __init__(self) -> None:
        self._tracks = Tracks.begin(Detections.empty(), np.zeros(0, np.int64), 0.0)
        self._next_id = 1
        self._time_s = 0.0
        self._now_s = 0.0

    def __len__(self) -> int:
        """Return how many tracks are remembered."""
        return len(self._tracks)

    def update(
        self, detections: Detections, time_s: float, second_opinions: SecondOpinions | None = None
    ) -> Detections:
        """Return the faces of one frame, in their order, with number, smoothed box and voted label.

        Args:
            detections: of this frame, labelled or not, boxes in pixels.
            time_s: when the frame was taken, seconds of the stream. Where it does not advance or is
                no number, the usual step is taken instead.
            second_opinions: called once with the state of the faces after the vote so far; its opinions
                enter the vote of this frame.

        Returns:
            Detections of the same length. `label_probs` are the mean of the frames' and the second opinions', which
            are the frame's own while a face is new; `label_score` is that of the elected label. Unlabelled faces
            stay so.
        """
        self._go_on(time_s)
        known = self._tracks.select(self._now_s - self._tracks.detected_s <= FORGET_S)
        track_of = match_faces(known.expected(self._now_s), detections.xyxy, self._now_s - known.detected_s)
        old, new = np.flatnonzero(track_of >= 0), np.flatnonzero(track_of < 0)
        matched = known.select(track_of[old]).update(detections.select(old), self._now_s)
        present = matched.join(self._begin(detections.select(new))).select(np.argsort(np.concatenate([old, new])))
        if second_opinions is not None and detections.label_probs is not None:
            label_probs = present.label_probs(self._now_s).astype(np.float32)
            present = present.add_opinions(
                *second_opinions(FaceState(label_probs, self._now_s - present.opinion_s)), self._now_s
            )
        present = present.elect(self._now_s)
        # Those of this frame come first and the rest follow as they were, so the last ones were missed longest.
        unseen = np.setdiff1d(np.arange(len(known)), track_of)[:UNSEEN_MAX]
        self._tracks = present.join(known.select(unseen))
        return present.show(detections, self._now_s)

    def _go_on(self, time_s: float) -> None:
        step_s = time_s - self._time_s
        self._now_s += step_s if 0 < step_s < math.inf else USUAL_STEP_S
        if math.isfinite(time_s):
            self._time_s = time_s

    def _begin(self, faces: Detections) -> Tracks:
        numbers = np.arange(self._next_id, self._next_id + len(faces), dtype=np.int64)
        self._next_id += len(faces)
        return Tracks.begin(faces, numbers, self._now_s)
