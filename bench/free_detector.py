"""A detector that costs nothing, for measuring everything else."""

from __future__ import annotations

import numpy as np

from webapp.config import Settings
from webapp.vision.detections import Detections
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.frames import Frame
from webapp.vision.pipeline import Pipeline


class FreeDetector:
    """Finds the same labelled face in every frame, so that the classifier has nothing to do either."""

    name = "free"
    score_threshold = 0.5

    def detect(self, frame: Frame, score_threshold: float, recent: RecentLogits | None = None) -> Detections:
        """Return one face in the middle."""
        height, width = frame.shape[:2]
        xyxy = np.array([[width * 0.3, height * 0.2, width * 0.7, height * 0.8]], np.float32)
        one = np.ones(1, np.float32)
        return Detections(xyxy, one, np.zeros(1, np.int64), one)


def build_free_pipelines(settings: Settings) -> dict[int, Pipeline]:
    """Return a pipeline that costs nothing, whatever the settings say."""
    return {640: Pipeline(FreeDetector(), None)}
