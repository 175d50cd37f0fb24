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


def build_stream_pipeline(settings: Settings, verify: bool = True) -> Pipeline:
    """Build a pipeline for live frames and videos, where milliseconds count; it belongs to one thread at a time.

    Args:
        settings: choose the models.
        verify: with what `build_verifier` returns; False where the caller asks for second opinions elsewhere.

    Raises:
        ModelError: a model file is missing, cut, or not what its card says.
    """
    detector = _build_detector(settings, stream_views(settings.stream_size_px))
    return _build_pipeline(settings, detector, settings.stream_labels, build_verifier(settings) if verify else None)


def build_verifier(settings: Settings) -> MaskClassifier | None:
    """Build what gives second opinions in streams, or None where the settings want none.

    A classifier that does not know every label gives none: it would rule the others out.

    Raises:
        ModelError: as above.
    """
    if settings.detector != "multiface" or settings.stream_labels != "verified":
        return None
    classifier = _build_classifier(settings)
    return classifier if classifier.knows_all_labels else None


def build_photo_pipeline(settings: Settings) -> Pipeline:
    """Build a pipeline for photos, where small faces count more than milliseconds; otherwise as for streams.

    Raises:
        ModelError: a model file is missing, cut, or not what its card says.
    """
    views = photo_views(settings.photo_size_px, settings.photo_tta)
    return _build_pipeline(settings, _build_detector(settings, views), settings.photo_labels)


def _build_pipeline(
    settings: Settings, detector: FaceDetector, labels: str, verifier: MaskClassifier | None = None
) -> Pipeline:
    own_labels = settings.detector == "multiface" and labels in ("detector", "verified")
    classifier = None if own_labels else _build_classifier(settings)
    return Pipeline(detector, classifier, settings.score_threshold or None, labels == "both", verifier)


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
