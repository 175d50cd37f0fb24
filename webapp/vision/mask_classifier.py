"""The mask classifier: label probabilities of face crops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from webapp.vision.crops import Frame, crop_faces_rgb
from webapp.vision.detections import LABELS, FloatArray, IntArray
from webapp.vision.errors import ModelError
from webapp.vision.model_files import Model


@dataclass(frozen=True, eq=False)
class ClassifierCard:
    """The card of a classifier.

    Args:
        classes: int64 (classes,), index into `LABELS` of each output.
        size_px: side of a crop.
        padding: see `boxes.square_boxes`.
    """

    classes: IntArray
    size_px: int
    padding: float


def read_classifier_card(model: Model) -> ClassifierCard:
    """Read the card of a classifier.

    Raises:
        ModelError: an entry is missing or malformed.
    """
    try:
        classes = np.array([LABELS.index(name) for name in model.card["classes"]], np.int64)
        return ClassifierCard(classes, int(model.card["input"]["size_px"]), float(model.card["padding"]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"The card of {model.path.name} lacks or garbles {error}.") from None


class MaskClassifier:
    """A LiteRT classifier of face crops. An instance belongs to one thread at a time.

    The model takes float32 (1, s, s, 3) RGB in [0, 255] and gives float32 (1, classes), softmax.

    Args:
        model: verified; its card names `classes`, `input.size_px` and `padding`.

    Raises:
        ModelError: card and file disagree.
    """

    def __init__(self, model: Model) -> None:
        self.name = model.name
        card = read_classifier_card(model)
        self._classes, self._size_px, self._padding = card.classes, card.size_px, card.padding
        self._interpreter = model.interpreter()
        self._input, self._output = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        shapes = (tuple(self._input["shape"]), tuple(self._output["shape"]))
        if shapes != ((1, self._size_px, self._size_px, 3), (1, len(self._classes))):
            raise ModelError(f"{model.path.name} has shapes {shapes}, which does not match its card.")

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
        probs = np.zeros((len(xyxy), len(LABELS)), np.float32)
        probs[:, self._classes] = self.probabilities(crop_faces_rgb(frame, xyxy, self._size_px, self._padding))
        return probs

    @property
    def knows_all_labels(self) -> bool:
        """Whether it has an output for each of `LABELS`."""
        return len(self._classes) == len(LABELS)

    def probabilities(self, crops_rgb: Frame) -> FloatArray:
        """Return the raw output for ready crops.

        Args:
            crops_rgb: uint8 (n, s, s, 3) RGB.

        Returns:
            float32 (n, classes) in the order of the card.
        """
        scores = np.zeros((len(crops_rgb), len(self._classes)), np.float32)
        for i, crop in enumerate(crops_rgb):
            self._interpreter.set_tensor(self._input["index"], crop[None].astype(np.float32))
            self._interpreter.invoke()
            scores[i] = self._interpreter.get_tensor(self._output["index"])[0]
        return np.clip(scores, 0, 1)
