"""The pipeline: a frame in, labelled detections out."""

from __future__ import annotations

import numpy as np

from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.detectors import FaceDetector
from webapp.vision.mask_classifier import MaskClassifier


class Pipeline:
    """A detector and, behind it, a mask classifier. An instance belongs to one thread at a time.

    Args:
        detector: finds the faces.
        classifier: tells what they wear; None where the detector's own labels shall stand.
        together: where both tell, take the mean of what they hold likely; else the classifier alone is asked.
        score_threshold: in [0, 1], faces below are left out unless a call says otherwise; None for the
            detector's own threshold.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: MaskClassifier | None,
        score_threshold: float | None = None,
        together: bool = False,
    ) -> None:
        self.detector = detector
        self.classifier = classifier
        # The mean with a classifier that cannot say a label would rule that label out by half.
        self.together = together and classifier is not None and classifier.knows_all_labels
        self.score_threshold = detector.score_threshold if score_threshold is None else score_threshold

    def run(self, frame: Frame, score_threshold: float | None = None) -> Detections:
        """Return the labelled faces of a frame.

        Args:
            frame: uint8 (H, W, 3) BGR.
            score_threshold: in [0, 1], for this call only.
        """
        return self.classify(frame, self.detect(frame, score_threshold))

    def detect(self, frame: Frame, score_threshold: float | None = None) -> Detections:
        """Run the first half alone, so that a caller can time the halves; see `run`."""
        threshold = self.score_threshold if score_threshold is None else score_threshold
        return self.detector.detect(frame, threshold)

    def classify(self, frame: Frame, detections: Detections) -> Detections:
        """Run the second half alone; without a classifier, detections pass unchanged."""
        if self.classifier is None:
            return detections
        if not self.together or detections.label_probs is None:
            return detections.with_labels(*self.classifier.classify(frame, detections.xyxy))
        shares = (self.classifier.shares(frame, detections.xyxy) + detections.label_probs) / 2
        return detections.with_labels(shares.argmax(axis=1), np.minimum(shares.max(axis=1, initial=0), 1))

    def describe(self) -> dict[str, str | float]:
        """Return the `model` object of answers."""
        return {
            "detector": self.detector.name,
            "classifier": (self.classifier or self.detector).name,
            "score_threshold": self.score_threshold,
        }
