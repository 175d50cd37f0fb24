"""Settings in, pipelines out: the one place that knows which detector a name stands for."""

from __future__ import annotations

from webapp.config import Settings
from webapp.vision.detectors import FaceDetector
from webapp.vision.detectors.haar import HaarDetector
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model
from webapp.vision.pipeline import Pipeline


def build_pipeline(settings: Settings) -> Pipeline:
    """Build one pipeline; it belongs to one thread at a time.

    Raises:
        ModelError: a model file is missing, cut, or not what its card says.
    """
    classifier = MaskClassifier(load_model(settings.classifier, "mask_classifier"))
    return Pipeline(build_detector(settings), classifier, settings.score_threshold)


def build_detector(settings: Settings) -> FaceDetector:
    """Build the detector that the settings name.

    Raises:
        ModelError: it cannot be loaded.
    """
    if settings.detector == "haar":
        return HaarDetector(settings.haar_scale)
    raise ValueError(f"there is no detector called {settings.detector!r}")
