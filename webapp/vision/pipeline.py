"""The pipeline: a frame in, labelled detections out."""

from __future__ import annotations

from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.detectors import FaceDetector
from webapp.vision.mask_classifier import MaskClassifier


class Pipeline:
    """A detector and, behind it, a mask classifier. An instance belongs to one thread at a time.

    Args:
        detector: finds the faces.
        classifier: tells what they wear; None where the detector's own labels shall stand.
        score_threshold: in [0, 1], faces below are left out unless a call says otherwise; None for the
            detector's own threshold.
    """

    def __init__(
        self, detector: FaceDetector, classifier: MaskClassifier | None, score_threshold: float | None = None
    ) -> None:
        self.detector = detector
        self.classifier = classifier
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
        label, label_score = self.classifier.classify(frame, detections.xyxy)
        return detections.with_labels(label, label_score)

    def describe(self) -> dict[str, str | float]:
        """Return the `model` object of answers."""
        return {
            "detector": self.detector.name,
            "classifier": (self.classifier or self.detector).name,
            "score_threshold": self.score_threshold,
        }
