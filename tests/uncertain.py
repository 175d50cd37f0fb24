"""A picture whose label is uncertain for the detector."""

from __future__ import annotations

import numpy as np

from tests.pictures import astronaut_bgr, masked_astronaut_bgr
from webapp.vision.detections import Detections
from webapp.vision.frames import Frame
from webapp.vision.pipeline import Pipeline
from webapp.vision.second_opinion import CONFIDENT_SCORE


def uncertain_astronaut(pipeline: Pipeline) -> tuple[Frame, Detections]:
    """Return her with a mask so faint that the detector doubts whether it is there, and the detector's faces.

    Between no mask and a whole one every network has its point of doubt, which is searched for.
    """
    bare, masked = astronaut_bgr().astype(np.float32), masked_astronaut_bgr().astype(np.float32)
    found = []
    for fraction in np.arange(0.3, 0.8, 0.02):
        frame = (bare + fraction * (masked - bare)).astype(np.uint8)
        seen = pipeline.classify(frame, pipeline.detect(frame))
        assert seen.label_score is not None
        if len(seen) == 1:
            found.append((float(seen.label_score[0]), frame, seen))
    score, frame, seen = min(found, key=lambda each: each[0])
    assert score < CONFIDENT_SCORE
    return frame, seen
