"""Pipelines from settings; the one place that maps the name of a detector to its class."""

from __future__ import annotations

from pathlib import Path

from webapp.config import Settings
from webapp.vision.detectors import FaceDetector, localizer, multiface
from webapp.vision.detectors.haar import HaarDetector
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import CLOSE_PX, STREAM_SIZES_PX, Views, photo_views, stream_views
from webapp.vision.errors import ModelError, PersonalError
from webapp.vision.mask_classifier import MaskClassifier, read_classifier_card
from webapp.vision.model_files import Model, load_model
from webapp.vision.personal.personal_classifier import PersonalClassifier
from webapp.vision.pipeline import Pipeline, describe

OTHER_DETECTORS_PX = 640
"""Longer side of live frames for detectors whose input depends on the size of the frame."""

NO_CROPS = "Your own classifier needs labels by a classifier of all three states: with these settings nothing uses it."

KEPT_OF_LARGEST = 1 / 3
"""Views of photos whose network stays in memory, relative to the largest view. The larger ones are made for each photo
and freed: they are most of the memory."""


def build_stream_pipeline(
    settings: Settings, verify: bool = True, personal: PersonalClassifier | None = None
) -> Pipeline:
    """Build a pipeline for live frames and videos, where milliseconds count; it belongs to one thread at a time.

    Args:
        settings: choose the models.
        verify: with what `build_verifier` returns; False where the caller computes second opinions elsewhere.
        personal: a visitor's own classifier, used wherever a crop is classified.

    Raises:
        ModelError: a model file is missing, cut, or does not match its card.
        PersonalError: the visitor's classifier belongs to another model, or nothing classifies crops.
    """
    views = stream_views(settings.stream_size_px)
    verifier = build_verifier(settings, personal) if verify else None
    return _build_pipeline(settings, views, settings.stream_labels, verifier, personal=personal)


def build_live_pipelines(settings: Settings) -> dict[int, Pipeline]:
    """Build the pipeline of live frames in the sizes that the load may ask for; one thread at a time may use them.

    They share their networks, so more sizes take no more memory.

    Args:
        settings: choose the models.

    Returns:
        Pipelines by the longer side to which they scale larger frames down, pixels, largest first: the first one is
        that of `build_stream_pipeline`.

    Raises:
        ModelError: as above.
    """
    pipeline = build_stream_pipeline(settings)
    if not isinstance(pipeline.detector, MultiFaceDetector):
        return {OTHER_DETECTORS_PX: pipeline}
    pipelines = {settings.stream_size_px: pipeline}
    for size_px in sorted(STREAM_SIZES_PX, reverse=True):
        if CLOSE_PX < size_px < settings.stream_size_px:
            detector = pipeline.detector.with_views(stream_views(size_px))
            # Load must not add false positives.
            threshold = settings.score_threshold or max(pipeline.score_threshold, detector.score_threshold)
            pipelines[size_px] = pipeline.with_detector(detector, threshold)
    return pipelines


def build_verifier(settings: Settings, personal: PersonalClassifier | None = None) -> MaskClassifier | None:
    """Build the classifier of second opinions in streams, or None where the settings have none.

    A classifier without an output for every label is not used: it would rule the others out.

    Args:
        settings: choose the models.
        personal: see `build_stream_pipeline`.

    Raises:
        ModelError, PersonalError: as above.
    """
    if settings.detector != "multiface" or settings.stream_labels != "verified":
        return None
    classifier = _build_classifier(settings, personal)
    if personal is not None and not classifier.knows_all_labels:
        raise PersonalError(NO_CROPS)
    return classifier if classifier.knows_all_labels else None


def build_photo_pipeline(settings: Settings, personal: PersonalClassifier | None = None) -> Pipeline:
    """Build a pipeline for photos, where small faces count more than milliseconds; otherwise as for streams.

    Args:
        settings: choose the models.
        personal: see `build_stream_pipeline`.

    Raises:
        ModelError, PersonalError: as for streams.
    """
    views = photo_views(settings.photo_size_px, settings.photo_tta)
    kept_px = round(settings.photo_size_px * KEPT_OF_LARGEST)
    return _build_pipeline(settings, views, settings.photo_labels, kept_px=kept_px, personal=personal)


def describe_photo_pipeline(settings: Settings) -> dict[str, str | float]:
    """Return what `build_photo_pipeline(settings).describe()` returns, from the cards: no network is loaded.

    Raises:
        ModelError: a model file is missing, cut, or does not match its card.
    """
    name, threshold = _describe_detector(settings, photo_views(settings.photo_size_px, settings.photo_tta))
    if _detector_labels(settings, settings.photo_labels):
        labels = name
    else:
        classifier = _classifier_model(settings)
        read_classifier_card(classifier)
        labels = classifier.name
    return describe(name, labels, settings.score_threshold or threshold)


def _detector_labels(settings: Settings, labels: str) -> bool:
    """Return whether the labels of the detector stand, without a classifier behind it."""
    return settings.detector == "multiface" and labels in ("detector", "verified")


def _build_pipeline(
    settings: Settings,
    views: Views,
    labels: str,
    verifier: MaskClassifier | None = None,
    kept_px: int | None = None,
    personal: PersonalClassifier | None = None,
) -> Pipeline:
    if personal is not None and settings.detector == "multiface" and labels == "detector":
        raise PersonalError(NO_CROPS)
    classifier = None if _detector_labels(settings, labels) else _build_classifier(settings, personal)
    detector = _build_detector(settings, views, classifier or verifier, kept_px)
    return Pipeline(detector, classifier, settings.score_threshold or None, labels == "both", verifier)


def _build_detector(
    settings: Settings, views: Views, classifier: MaskClassifier | None, kept_px: int | None
) -> FaceDetector:
    """Build the detector; `classifier`, where there is one already, verifies its large detections too."""
    if settings.detector == "haar":
        return HaarDetector(settings.haar_scale)
    if settings.detector == "localizer":
        return LocalizerDetector(_localizer(settings))
    model, second = _networks(settings, views)
    _, calibration = multiface.read_cards(model, views, second, _classifier_model(settings).card["sha256"])
    if calibration.verification and classifier is None:
        classifier = _build_classifier(settings)
    return MultiFaceDetector(model, views, second, classifier, kept_px)


def _describe_detector(settings: Settings, views: Views) -> tuple[str, float]:
    """Return name and score threshold of what `_build_detector` builds."""
    if settings.detector == "haar":
        return HaarDetector.name, HaarDetector.score_threshold
    if settings.detector == "localizer":
        model = _localizer(settings)
        return model.name, localizer.read_card(model)[1]
    model, second = _networks(settings, views)
    name, calibration = multiface.read_cards(model, views, second, _classifier_model(settings).card["sha256"])
    return name, calibration.operating_threshold


def _localizer(settings: Settings) -> Model:
    if not settings.model:
        raise ModelError("The detector localizer needs a model: give its file with --model or MASK_MIRROR_MODEL.")
    return load_model(Path(settings.model), "face_localizer")


def _networks(settings: Settings, views: Views) -> tuple[Model, Model | None]:
    """Return the networks of multiface; the second one where a view of an ensemble uses it."""
    ensemble = any(view.network for view in views)
    second = load_model(settings.multiface_wide, "face_detector") if ensemble else None
    return load_model(settings.multiface, "face_detector"), second


def _build_classifier(settings: Settings, personal: PersonalClassifier | None = None) -> MaskClassifier:
    return MaskClassifier(_classifier_model(settings), personal)


def _classifier_model(settings: Settings) -> Model:
    return load_model(settings.classifier, "mask_classifier")
