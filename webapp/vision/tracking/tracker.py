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
        self._tracks = Tracks.none()
        self._next_id = 1
        self._time_s = 0.0
        self._now_s = 0.0

    def __len__(self) -> int:
        """Return how many tracks are remembered."""
        return len(self._tracks)

    def scale(self, factor_x: float, factor_y: float) -> None:
        """Carry the tracks over to frames of another size.

        Args:
            factor_x: new width / old width.
            factor_y: new height / old height.
        """
        self._tracks = self._tracks.scale(factor_x, factor_y)

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
        now_s, known = self._now_s, self._tracks
        recent = now_s - known.detected_s <= FORGET_S
        if not recent.all():
            known = known.select(recent)
        track_of = match_faces(known.expected(now_s), detections.xyxy, now_s - known.detected_s)
        present = known.follow(track_of, detections, self._next_id, now_s)
        self._next_id += int((track_of < 0).sum())
        probs = present.label_probs(now_s)
        if second_opinions is not None and detections.label_probs is not None:
            state = FaceState(probs.astype(np.float32), present.opinion_age_s(now_s))
            rows, label_probs = second_opinions(state)
            if len(rows):
                present = present.add_opinions(rows, label_probs, now_s)
                probs = present.label_probs(now_s)
        present = present.elect(probs)
        # Those of this frame come first and the rest follow as they were, so the last ones were missed longest.
        missed = np.ones(len(known), bool)
        missed[track_of[track_of >= 0]] = False
        unseen = np.flatnonzero(missed)[:UNSEEN_MAX]
        self._tracks = present.join(known.select(unseen)) if len(unseen) else present
        return present.show(detections, probs)

    def _go_on(self, time_s: float) -> None:
        step_s = time_s - self._time_s
        self._now_s += step_s if 0 < step_s < math.inf else USUAL_STEP_S
        if math.isfinite(time_s):
            self._time_s = time_s
