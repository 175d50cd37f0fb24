"""A network that locates one face, as a `FaceDetector`."""

from __future__ import annotations

import cv2
import numpy as np

from webapp.vision.boxes import areas, clip_boxes, scale_boxes
from webapp.vision.detections import Detections, FloatArray
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_square
from webapp.vision.model_files import Model


def read_card(model: Model) -> tuple[int, float]:
    """Return side of the input, pixels, and score threshold from a localizer's card.

    Raises:
        ModelError: an entry is missing or malformed.
    """
    try:
        size_px, score_threshold = int(model.card["input"]["size_px"]), float(model.card["score_threshold"])
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"The card of {model.path.name} lacks or garbles {error}.") from None
    if not 0 <= score_threshold <= 1:
        raise ModelError(f"The card of {model.path.name} has a score_threshold of {score_threshold}.")
    return size_px, score_threshold


class LocalizerDetector:
    """A LiteRT localizer: at most one face a frame. An instance belongs to one thread at a time.

    The model takes float32 (1, s, s, 3) RGB in [0, 255], a letterboxed frame, and gives two outputs: float32 (1, 1),
    the probability of a face, and float32 (1, 4), x1, y1, x2, y2 as fractions of the square.

    Args:
        model: verified; its card names `input.size_px` and `score_threshold`.

    Raises:
        ModelError: card and file disagree.
    """

    def __init__(self, model: Model) -> None:
        self.name = model.name
        self.size_px, self.score_threshold = read_card(model)
        self._interpreter = model.interpreter()
        self._input = self._interpreter.get_input_details()[0]
        outputs = {tuple(output["shape"]): output["index"] for output in self._interpreter.get_output_details()}
        if tuple(self._input["shape"]) != (1, self.size_px, self.size_px, 3) or set(outputs) != {(1, 1), (1, 4)}:
            raise ModelError(f"{model.path.name} is no localizer that takes squares of {self.size_px} px.")
        self._score, self._box = outputs[1, 1], outputs[1, 4]

    def detect(self, frame: Frame, score_threshold: float, recent: RecentLogits | None = None) -> Detections:
        """Return the face, or none; see `FaceDetector`."""
        height, width = frame.shape[:2]
        square, factors = fit_square(frame, self.size_px)
        score, box = self.raw(square)
        pixels = scale_boxes(box[None] * self.size_px, 1 / factors[0], 1 / factors[1])
        found = Detections(clip_boxes(pixels, (width, height)), score)
        # A box inside out, or wholly in the margin, is no detection.
        return found.select((score >= score_threshold) & (areas(found.xyxy) > 0))

    def raw(self, square: Frame) -> tuple[FloatArray, FloatArray]:
        """Return the network's outputs for a letterboxed frame.

        Args:
            square: uint8 (s, s, 3) BGR.

        Returns:
            float32 (1,), the score, and float32 (4,), the box as fractions of the square.
        """
        rgb = cv2.cvtColor(square, cv2.COLOR_BGR2RGB)
        self._interpreter.set_tensor(self._input["index"], rgb[None].astype(np.float32))
        self._interpreter.invoke()
        score: FloatArray = self._interpreter.get_tensor(self._score)[0]
        box: FloatArray = self._interpreter.get_tensor(self._box)[0]
        return np.clip(score, 0, 1), np.clip(box, 0, 1)
