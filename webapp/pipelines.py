"""Settings in, pipelines out: the one place that knows which detector a name stands for."""

from __future__ import annotations

from pathlib import Path

from webapp.config import Settings
from webapp.vision.detectors import FaceDetector
from webapp.vision.detectors.haar import HaarDetector
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import Views, photo_views, stream_views
from webapp.vision.errors import ModelError
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model
from webapp.vision.pipeline import Pipeline


def build_stream_pipeline(settings: Settings) -> Pipeline:
    """Build a pipeline for live frames and films, where milliseconds count; it belongs to one thread at a time.

    Raises:
        ModelError: a model file is missing, cut, or not what its card says.
    """
    return _build_pipeline(
        settings, _build_detector(settings, stream_views(settings.stream_size_px)), settings.stream_labels
    )


def build_photo_pipeline(settings: Settings) -> Pipeline:
    """Build a pipeline for photos, where small faces count more than milliseconds; otherwise as for streams.

    Raises:
        ModelError: a model file is missing, cut, or not what its card says.
    """
    views = photo_views(settings.photo_size_px, settings.photo_tta)
    return _build_pipeline(settings, _build_detector(settings, views), settings.photo_labels)


def _build_pipeline(settings: Settings, detector: FaceDetector, labels: str) -> Pipeline:
    own_labels = settings.detector == "multiface" and labels == "detector"
    classifier = None if own_labels else _build_classifier(settings)
    return Pipeline(detector, classifier, settings.score_threshold or None, together=labels == "both")


def _build_detector(settings: Settings, views: Views) -> FaceDetector:
    if settings.detector == "haar":
        return HaarDetector(settings.haar_scale)
    if settings.detector == "localizer":
        if not settings.model:
            raise ModelError("The detector localizer needs a model: give its file with --model or MASK_MIRROR_MODEL.")
        return LocalizerDetector(load_model(Path(settings.model), "face_localizer"))
    ensemble = any(view.network for view in views)
    second = load_model(settings.multiface_wide, "face_detector") if ensemble else None
    return MultiFaceDetector(load_model(settings.multiface, "face_detector"), views, second)


def _build_classifier(settings: Settings) -> MaskClassifier:
    return MaskClassifier(load_model(settings.classifier, "mask_classifier"))
