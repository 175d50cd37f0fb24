"""OpenCV's frontal-face Haar cascade (Viola & Jones 2001) as a `FaceDetector`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from webapp.vision.boxes import clip_boxes
from webapp.vision.detections import Detections, FloatArray
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame

CASCADE = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
SCALE_FACTOR, MIN_NEIGHBORS, MIN_WINDOW_PX = 1.1, 5, 24
MAX_SIDE_PX = 1280
"""Longer side of the cascade's largest input: beyond, it takes seconds and false positives multiply."""

WEIGHT_CENTRE, WEIGHT_SLOPE = 0.80, 0.57
"""Logistic from level weight to score: fitted to 405 detections on 350 validation photos, of which 84 %
were faces, so a score is about the probability that a detection of that weight is a face."""


class HaarDetector:
    """Finds upright frontal faces; it misses most masked ones.

    Args:
        scale: size of its input, relative to the frame; half takes a sixth of the time.

    Raises:
        ModelError: the cascade cannot be read.
    """

    name = "haar"
    score_threshold = 0.5

    def __init__(self, scale: float = 0.5) -> None:
        if not 0 < scale <= 1:
            raise ModelError(f"The scale of Haar must lie in 0 < scale <= 1, not {scale}")
        self._scale = scale
        self._cascade = cv2.CascadeClassifier(str(CASCADE))
        if self._cascade.empty():
            raise ModelError("OpenCV's frontal-face cascade cannot be read; is opencv-python-headless 4.x installed?")

    def detect(self, frame: Frame, score_threshold: float, recent: RecentLogits | None = None) -> Detections:
        """Return faces, best first; see `FaceDetector`."""
        height, width = frame.shape[:2]
        scale = min(self._scale, MAX_SIDE_PX / max(height, width))
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        grey = cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey,
            scaleFactor=SCALE_FACTOR,
            minNeighbors=MIN_NEIGHBORS,
            minSize=(MIN_WINDOW_PX, MIN_WINDOW_PX),
            outputRejectLevels=True,
        )
        xywh = np.array(boxes, np.float32).reshape(-1, 4)
        xyxy = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
        xyxy *= np.array([width / size[0], height / size[1]] * 2, np.float32)
        score = weight_to_score(np.array(weights, np.float32).reshape(-1))
        order = np.argsort(-score, kind="stable")
        found = Detections(clip_boxes(xyxy, (width, height))[order], score[order])
        return found.select(found.detection_score >= score_threshold)


def weight_to_score(weight: FloatArray) -> FloatArray:
    """Map the cascade's level weights to scores in [0, 1].

    Args:
        weight: float32 (n,), as `detectMultiScale3` gives them: some -2 to 8.

    Returns:
        float32 (n,).
    """
    return (1 / (1 + np.exp(-WEIGHT_SLOPE * (weight - WEIGHT_CENTRE)))).astype(np.float32)
