"""One network of the project's own detector: a picture to candidates, before suppression."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from webapp.vision.boxes import scale_boxes
from webapp.vision.detections import LABELS, FloatArray
from webapp.vision.detectors.anchor_free import OUTPUTS, Candidates, decode, locations
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.model_files import Model

SMALLEST_PX = 64
"""Least longer side of a view."""


class FaceNetwork:
    """A LiteRT single-shot network. An instance belongs to one thread at a time.

    The model takes float32 (1, H, W, 3) RGB in [0, 255], sides that 32 divides, and gives float32
    (1, locations, 8), see `anchor_free`.

    Args:
        model: verified; its card names `classes` and `label_temperature`.
        height: of the first picture, 32 divides it; another size costs a quarter of an inference.
        width: the same.

    Raises:
        ModelError: card and file disagree.
    """

    def __init__(self, model: Model, height: int = SMALLEST_PX, width: int = SMALLEST_PX) -> None:
        self._label_temperature = label_temperature(model)
        self._interpreter = model.interpreter((1, height, width, 3))
        self._input, self._output = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        if tuple(self._input["shape_signature"]) != (1, -1, -1, 3) or self._output["shape"][-1] != OUTPUTS:
            raise ModelError(f"{model.path.name} is no detector that takes pictures of any size.")
        self._shape = tuple(self._input["shape"])

    def infer(self, fitted: Frame, factors: tuple[float, float], score_threshold: float) -> Candidates:
        """Return the candidates of a picture, before suppression, with raw scores.

        Args:
            fitted: uint8 (H, W, 3) BGR, sides that 32 divides.
            factors: by which its sides were scaled; boxes are in pixels of the unscaled picture.
            score_threshold: raw, in [0, 1].
        """
        points = _points(*fitted.shape[:2])
        found = decode(self.raw(fitted), points, score_threshold, self._label_temperature)
        return replace(found, xyxy=scale_boxes(found.xyxy, 1 / factors[0], 1 / factors[1]))

    def raw(self, fitted: Frame) -> FloatArray:
        """Return the network's output for a picture whose sides 32 divides.

        Args:
            fitted: uint8 (H, W, 3) BGR.

        Returns:
            float32 (locations, 8), see `anchor_free.OUTPUTS`.
        """
        shape = (1, *fitted.shape)
        if shape != self._shape:
            self._interpreter.resize_tensor_input(self._input["index"], shape)
            self._interpreter.allocate_tensors()
            self._shape = shape
        # OpenCV swaps the channels ten times as fast as a view with a negative stride is converted.
        rgb = cv2.cvtColor(fitted, cv2.COLOR_BGR2RGB)
        self._interpreter.set_tensor(self._input["index"], rgb[None].astype(np.float32))
        self._interpreter.invoke()
        outputs: FloatArray = self._interpreter.get_tensor(self._output["index"])[0]
        return outputs


def label_temperature(model: Model) -> float:
    """Return the temperature of the label logits from a model's card.

    Raises:
        ModelError: an entry is missing or malformed, or the classes are not `LABELS`.
    """
    try:
        if tuple(model.card["classes"]) != LABELS:
            raise ModelError(f"{model.path.name} knows the classes {model.card['classes']}, not {LABELS}.")
        return float(model.card["label_temperature"])
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"The card of {model.path.name} lacks or garbles {error}.") from None


@lru_cache(maxsize=64)
def _points(height: int, width: int) -> FloatArray:
    points = locations(height, width)
    points.flags.writeable = False
    return points
