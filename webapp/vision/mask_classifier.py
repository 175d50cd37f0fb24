"""The mask classifier: label probabilities of face crops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import LABELS, FloatArray, IntArray
from webapp.vision.errors import ModelError, PersonalError
from webapp.vision.frames import Frame
from webapp.vision.model_files import Model

OTHER_MODEL = "Your own classifier was fitted to another version of the mask classifier: fit it again."


class FeatureClassifier(Protocol):
    """What is averaged with the model's own label probabilities; see `personal`."""

    @property
    def weight(self) -> float:
        """Of its probabilities in the mean, in [0, 1]."""

    def fits(self, classifier_sha256: str, feature_count: int) -> bool:
        """Return whether it was fitted to the features of this file."""

    def label_probs(self, features: FloatArray, shipped: FloatArray) -> FloatArray:
        """Return the mean, float32 (n, 3), for features, float32 (n, k), and the model's own, float32 (n, 3)."""


@dataclass(frozen=True, eq=False)
class ClassifierCard:
    """The card of a classifier.

    Args:
        classes: int64 (classes,), index into `LABELS` of each output.
        size_px: side of a crop.
        padding: see `boxes.square_boxes`.
        face_output: whether a last score gives the log-odds that the crop shows a face.
        features: length of the vector before the softmax, a second output; 0 where the file does not give it.
    """

    classes: IntArray
    size_px: int
    padding: float
    face_output: bool
    features: int


def read_classifier_card(model: Model) -> ClassifierCard:
    """Read the card of a classifier.

    Raises:
        ModelError: an entry is missing or malformed.
    """
    try:
        classes = np.array([LABELS.index(name) for name in model.card["classes"]], np.int64)
        size_px, padding = int(model.card["input"]["size_px"]), float(model.card["padding"])
        face_output, features = bool(model.card.get("face_output", False)), int(model.card.get("features", 0))
        return ClassifierCard(classes, size_px, padding, face_output, features)
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"The card of {model.path.name} lacks or garbles {error}.") from None


class MaskClassifier:
    """A LiteRT classifier of face crops. An instance belongs to one thread at a time.

    The model takes float32 (1, s, s, 3) RGB in [0, 255] and gives float32 (1, classes), softmax; or (1, classes + 1),
    the last the log-odds of a face. A second output, float32 (1, features), may give what its softmax layer takes.

    Args:
        model: verified; its card names `classes`, `input.size_px`, `padding` and, where there are such outputs,
            `face_output` and `features`.
        personal: a visitor's own classifier, whose label probabilities are averaged with those of the model.

    Raises:
        ModelError: card and file disagree.
        PersonalError: the visitor's classifier was fitted to the features of another file.
    """

    def __init__(self, model: Model, personal: FeatureClassifier | None = None) -> None:
        self.name = model.name
        card = read_classifier_card(model)
        self._classes, self._size_px, self._padding = card.classes, card.size_px, card.padding
        self.has_face_output = card.face_output
        self.sha256 = str(model.card.get("sha256", ""))
        self.feature_count = card.features
        if personal is not None and not personal.fits(self.sha256, card.features):
            raise PersonalError(OTHER_MODEL)
        self.personal = personal if personal is not None and personal.weight > 0 else None
        """None too where cross-validation found no use in it."""
        self._interpreter = model.interpreter()
        self._input = self._interpreter.get_input_details()[0]
        # By shape: converters order the outputs of a model as they like.
        outputs = {tuple(map(int, each["shape"])): each for each in self._interpreter.get_output_details()}
        shapes = {(1, len(self._classes) + card.face_output)} | ({(1, card.features)} if card.features else set())
        found = tuple(map(int, self._input["shape"]))
        if found != (1, self._size_px, self._size_px, 3) or outputs.keys() != shapes:
            raise ModelError(f"{model.path.name} has shapes {found}, {[*outputs]}, which does not match its card.")
        self._output = outputs[1, len(self._classes) + card.face_output]
        self._features = outputs.get((1, card.features))

    def classify(self, frame: Frame, xyxy: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the most probable label of each face and its probability.

        Args:
            frame: uint8 (H, W, 3) BGR.
            xyxy: float32 (n, 4), pixels.

        Returns:
            int64 (n,) index into `LABELS` and float32 (n,) score in [0, 1].
        """
        probs = self.label_probs(frame, xyxy)
        best = probs.argmax(axis=1)
        return best, probs[np.arange(len(probs)), best]

    def label_probs(self, frame: Frame, xyxy: FloatArray) -> FloatArray:
        """Return the probability of each label for each face, float32 (n, 3) in the order of `LABELS`.

        The probability of a label that the classifier does not have is 0.

        Args:
            frame: uint8 (H, W, 3) BGR.
            xyxy: float32 (n, 4), pixels.
        """
        raw, features = self.outputs_and_features(crop_faces_rgb(frame, xyxy, self._size_px, self._padding))
        probs = np.zeros((len(xyxy), len(LABELS)), np.float32)
        probs[:, self._classes] = np.clip(raw[:, : len(self._classes)], 0, 1)
        return probs if self.personal is None else self.personal.label_probs(features, probs)

    @property
    def class_count(self) -> int:
        """Number of its classes; a face output comes after them."""
        return len(self._classes)

    @property
    def knows_all_labels(self) -> bool:
        """Whether it has an output for each of `LABELS`."""
        return len(self._classes) == len(LABELS)

    def face_logits(self, frame: Frame, xyxy: FloatArray) -> FloatArray:
        """Return the log-odds that each box holds a face, float32 (n,).

        Args:
            frame: uint8 (H, W, 3) BGR.
            xyxy: float32 (n, 4), pixels.

        Raises:
            ValueError: the model has no such output.
        """
        if not self.has_face_output:
            raise ValueError(f"{self.name} has no face output")
        return self.outputs(crop_faces_rgb(frame, xyxy, self._size_px, self._padding))[:, -1]

    def probabilities(self, crops_rgb: Frame) -> FloatArray:
        """Return the label probabilities of ready crops, float32 (n, classes) in the order of the card.

        Args:
            crops_rgb: uint8 (n, s, s, 3) RGB.
        """
        return np.clip(self.outputs(crops_rgb)[:, : len(self._classes)], 0, 1)

    def outputs(self, crops_rgb: Frame) -> FloatArray:
        """Return the raw scores for ready crops, float32 (n, classes or classes + 1).

        Args:
            crops_rgb: uint8 (n, s, s, 3) RGB.
        """
        return self.outputs_and_features(crops_rgb)[0]

    def outputs_and_features(self, crops_rgb: Frame) -> tuple[FloatArray, FloatArray]:
        """Return the raw scores and the features of ready crops, float32 (n, classes or classes + 1) and (n, features).

        Args:
            crops_rgb: uint8 (n, s, s, 3) RGB.
        """
        raw = np.zeros((len(crops_rgb), len(self._classes) + self.has_face_output), np.float32)
        features = np.zeros((len(crops_rgb), self.feature_count), np.float32)
        for i, crop in enumerate(crops_rgb):
            self._interpreter.set_tensor(self._input["index"], crop[None].astype(np.float32))
            self._interpreter.invoke()
            raw[i] = self._interpreter.get_tensor(self._output["index"])[0]
            if self._features is not None:
                features[i] = self._interpreter.get_tensor(self._features["index"])[0]
        return raw, features
