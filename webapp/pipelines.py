"""Pipelines from settings; the one place that maps the name of a detector to its class."""

from __future__ import annotations

from pathlib import Path

from webapp.config import Settings
from webapp.vision.detectors import FaceDetector, localizer, multiface
from webapp.vision.detectors.haar import HaarDetector
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import Views, photo_views, stream_views
from webapp.vision.errors import ModelError
from webapp.vision.mask_classifier import MaskClassifier, read_classifier_card
from webapp.vision.model_files import Model, load_model
from webapp.vision.pipeline import Pipeline, describe


def build_stream_pipeline(settings: Settings, verify: bool = True) -> Pipeline:
    """Build a pipeline for live frames and videos, where milliseconds count; it belongs to one thread at a time.

    Args:
        settings: choose the models.
        verify: with what `build_verifier` returns; False where the caller computes second opinions elsewhere.

    Raises:
        ModelError: a model file is missing, cut, or does not match its card.
    """
    detector = _build_detector(settings, stream_views(settings.stream_size_px))
    return _build_pipeline(settings, detector, settings.stream_labels, build_verifier(settings) if verify else None)


def build_verifier(settings: Settings) -> MaskClassifier | None:
    """Build the classifier of second opinions in streams, or None where the settings have none.

    A classifier without an output for every label is not used: it would rule the others out.

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
        ModelError: a model file is missing, cut, or does not match its card.
    """
    views = photo_views(settings.photo_size_px, settings.photo_tta)
    return _build_pipeline(settings, _build_detector(settings, views), settings.photo_labels)


def describe_photo_pipeline(settings: Settings) -> dict[str, str | float]:
    """Return what `build_photo_pipeline(settings).describe()` returns, from the cards: no network is loaded.

    Raises:
        ModelError: a model file is missing, cut, or does not match its card.
    """
    name, threshold = _describe_detector(settings, photo_views(settings.photo_size_px, settings.photo_tta))
    if _detector_labels(settings, settings.photo_labels):
        labels = name
    else:
        classifier = load_model(settings.classifier, "mask_classifier")
        read_classifier_card(classifier)
        labels = classifier.name
    return describe(name, labels, settings.score_threshold or threshold)


def _detector_labels(settings: Settings, labels: str) -> bool:
    """Return whether the labels of the detector stand, without a classifier behind it."""
    return settings.detector == "multiface" and labels in ("detector", "verified")


def _build_pipeline(
    settings: Settings, detector: FaceDetector, labels: str, verifier: MaskClassifier | None = None
) -> Pipeline:
    classifier = None if _detector_labels(settings, labels) else _build_classifier(settings)
    return Pipeline(detector, classifier, settings.score_threshold or None, labels == "both", verifier)


def _build_detector(settings: Settings, views: Views) -> FaceDetector:
    if settings.detector == "haar":
        return HaarDetector(settings.haar_scale)
    if settings.detector == "localizer":
        return LocalizerDetector(_localizer(settings))
    model, second = _networks(settings, views)
    return MultiFaceDetector(model, views, second)


def _describe_detector(settings: Settings, views: Views) -> tuple[str, float]:
    """Return name and score threshold of what `_build_detector` builds."""
    if settings.detector == "haar":
        return HaarDetector.name, HaarDetector.score_threshold
    if settings.detector == "localizer":
        model = _localizer(settings)
        return model.name, localizer.read_card(model)[1]
    model, second = _networks(settings, views)
    name, calibration = multiface.read_cards(model, views, second)
    return name, calibration.threshold


def _localizer(settings: Settings) -> Model:
    if not settings.model:
        raise ModelError("The detector localizer needs a model: give its file with --model or MASK_MIRROR_MODEL.")
    return load_model(Path(settings.model), "face_localizer")


def _networks(settings: Settings, views: Views) -> tuple[Model, Model | None]:
    """Return the networks of multiface; the second one where a view of an ensemble uses it."""
    ensemble = any(view.network for view in views)
    second = load_model(settings.multiface_wide, "face_detector") if ensemble else None
    return load_model(settings.multiface, "face_detector"), second


def _build_classifier(settings: Settings) -> MaskClassifier:
    return MaskClassifier(load_model(settings.classifier, "mask_classifier"))
