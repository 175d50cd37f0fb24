"""The classifier under test: a run's Keras model, or an exported file with its card."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model_training.classifier.dataset import plain_crops
from model_training.data.annotations import Photo
from model_training.data.face_samples import FaceSample
from model_training.data.progress import progress
from model_training.training.sample_sheet import Predict, Predicted
from model_training.training.trained_run import TrainedRun, open_run
from webapp.vision.annotate import annotate
from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import LABELS, Detections, Float64Array, FloatArray
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model

AT_ONCE = 64
"""Crops in a batch."""

CLASSES = (LABELS[:2], LABELS)


@dataclass(frozen=True, eq=False)
class ClassifierUnderTest:
    """The classifier under test.

    Args:
        about: `name`, `format`, `size_px`, `padding`, `classes`, and `backbone` where known.
        predict: from uint8 (n, s, s, 3) RGB to float32 (n, classes), in the order of `classes`.
        run: None for an exported file.
    """

    about: dict[str, Any]
    predict: Callable[[Frame], FloatArray]
    run: TrainedRun | None


def open_classifier(folder: Path | None, model_file: Path | None) -> ClassifierUnderTest:
    """Open a run's folder, or else an exported file.

    Raises:
        SystemExit: it cannot be measured; the message gives the reason.
    """
    if folder is not None:
        trained = open_run(folder, "classifier", ("size_px", "padding", "classes"))
        about = {"name": folder.name, "format": "Keras", "backbone": trained.config.get("backbone")}
        tested = ClassifierUnderTest(
            about | {key: trained.config[key] for key in ("size_px", "padding", "classes")},
            # A face output, where there is one, comes after the classes.
            lambda crops: trained.model.predict(crops.astype(np.float32), batch_size=AT_ONCE, verbose=0)[
                :, : len(trained.config["classes"])
            ],
            trained,
        )
    else:
        assert model_file is not None
        try:
            model = load_model(model_file, "mask_classifier")
            classifier = MaskClassifier(model)
        except ModelError as error:
            sys.exit(str(error))
        about = {"name": classifier.name, "format": f"LiteRT, {model.card.get('weights', 'unknown')} weights"}
        about |= {"size_px": model.card["input"]["size_px"], "padding": model.card["padding"]}
        tested = ClassifierUnderTest(about | {"classes": model.card["classes"]}, classifier.probabilities, None)
    if set(tested.about["classes"]) not in (set(labels) for labels in CLASSES):
        sys.exit(f"The model knows {tested.about['classes']}; only {' and '.join(map(str, CLASSES))} can be measured.")
    return tested


def predict_faces(tested: ClassifierUnderTest, faces: Sequence[FaceSample]) -> Float64Array:
    """Return the scores of every face, float64 (n, classes) in the order of `LABELS`."""
    size_px, padding = tested.about["size_px"], tested.about["padding"]
    order = [tested.about["classes"].index(name) for name in LABELS if name in tested.about["classes"]]
    starts = progress(range(0, len(faces), AT_ONCE), f"x {AT_ONCE} faces")
    scores = [tested.predict(plain_crops(faces[start : start + AT_ONCE], size_px, padding)) for start in starts]
    return np.concatenate(scores)[:, order].astype(np.float64)


def sheet_predictor(size_px: int, padding: float) -> Predict:
    """Return what draws the labels that a network in training gives to the labelled boxes of photos.

    Args:
        size_px: side of the network's input.
        padding: see `square_boxes`.
    """

    def predict(network: keras.Model, photos: Sequence[Photo], frames: Sequence[Frame]) -> list[Predicted]:
        predicted = []
        for photo, frame in zip(photos, frames, strict=True):
            crops = crop_faces_rgb(frame, photo.annotations.xyxy, size_px, padding)
            scores = keras.ops.convert_to_numpy(network(crops.astype(np.float32), training=False))
            # A class that the network does not know has no probability.
            label_probs = np.zeros((len(scores), len(LABELS)), np.float32)
            label_probs[:, : scores.shape[1]] = scores
            found = Detections(photo.annotations.xyxy, np.ones(len(scores), np.float32)).with_label_probs(label_probs)
            picture = annotate(frame, found)
            predicted.append(Predicted(picture, bool((scores.argmax(axis=1) == photo.annotations.label).all())))
        return predicted

    return predict
