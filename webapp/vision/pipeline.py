"""The pipeline: from a frame to labelled detections."""

from __future__ import annotations

import numpy as np

from webapp.vision.detections import Detections
from webapp.vision.detectors import FaceDetector, RecentLogits
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.second_opinion import CONFIDENT_SCORE, EVERY_FACE, ClassifyCrops, verified


class Pipeline:
    """A detector followed by a mask classifier. An instance belongs to one thread at a time.

    Args:
        detector: finds the faces.
        classifier: labels them; None to keep the detector's own labels.
        ensemble: where both give probabilities, take their mean; else the classifier alone labels.
        verifier: gives second opinions on single faces, see `second_opinion`; it has an output for every label.
        score_threshold: in [0, 1], faces below are dropped unless a call overrides it; None for the
            detector's own threshold.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: MaskClassifier | None,
        score_threshold: float | None = None,
        ensemble: bool = False,
        verifier: MaskClassifier | None = None,
    ) -> None:
        self.detector = detector
        self.classifier = classifier
        # A classifier without a label would halve that label's probability in the mean.
        self.verifier = verifier
        self.ensemble = ensemble and classifier is not None and classifier.knows_all_labels
        self.score_threshold = detector.score_threshold if score_threshold is None else score_threshold

    def with_detector(self, detector: FaceDetector, score_threshold: float) -> Pipeline:
        """Return a pipeline that differs in its detector alone; one thread at a time may use either of them.

        Args:
            detector: see above.
            score_threshold: see above.
        """
        return Pipeline(detector, self.classifier, score_threshold, self.ensemble, self.verifier)

    @property
    def classify_crops(self) -> ClassifyCrops | None:
        """The classifier of second opinions, for `Stream.follow`, or None."""
        return None if self.verifier is None else self.verifier.label_probs

    @property
    def confident_score(self) -> float:
        """Label score from which on a face gets no second opinion."""
        return confident_score(self.verifier)

    def run(self, frame: Frame, score_threshold: float | None = None) -> Detections:
        """Return the labelled faces of a single frame.

        Args:
            frame: uint8 (H, W, 3) BGR.
            score_threshold: in [0, 1], for this call only.
        """
        labelled = self.classify(frame, self.detect(frame, score_threshold))
        if self.classify_crops is None:
            return labelled
        return verified(frame, labelled, self.classify_crops, self.confident_score)

    def detect(
        self, frame: Frame, score_threshold: float | None = None, recent: RecentLogits | None = None
    ) -> Detections:
        """Run the detector alone, so that a caller can time the stages; see `run` and `FaceDetector.detect`."""
        threshold = self.score_threshold if score_threshold is None else score_threshold
        return self.detector.detect(frame, threshold, recent)

    def classify(self, frame: Frame, detections: Detections) -> Detections:
        """Run the classifier alone; without one, detections pass unchanged."""
        if self.classifier is None:
            return detections
        label_probs = self.classifier.label_probs(frame, detections.xyxy)
        if self.ensemble and detections.label_probs is not None:
            label_probs = ((label_probs + detections.label_probs) / 2).astype(np.float32)
        return detections.with_label_probs(label_probs)

    def describe(self) -> dict[str, str | float]:
        """Return the `model` object of responses."""
        names = [(self.classifier or self.detector).name] + ([self.verifier.name] if self.verifier else [])
        return describe(self.detector.name, "+".join(names), self.score_threshold)


def confident_score(verifier: MaskClassifier | None) -> float:
    """Return the label score from which on a face gets no second opinion of a classifier."""
    return EVERY_FACE if verifier is not None and verifier.personal is not None else CONFIDENT_SCORE


def describe(detector: str, classifier: str, score_threshold: float) -> dict[str, str | float]:
    """Return the `model` object of responses: names, and the score threshold in force."""
    return {"detector": detector, "classifier": classifier, "score_threshold": score_threshold}
