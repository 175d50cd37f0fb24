"""The project's own detector: many faces at once, masked or not, with what each one wears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from webapp.vision.boxes import clip_boxes, scale_boxes
from webapp.vision.crops import Frame
from webapp.vision.detections import LABELS, Detections, FloatArray
from webapp.vision.detectors.anchor_free import OUTPUTS, Candidates, decode, locations, merge, suppress
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.errors import ModelError
from webapp.vision.letterbox import fit_frame
from webapp.vision.model_files import Model

LOOKS: tuple[tuple[tuple[int, ...], bool], ...] = (
    ((256,), False),
    ((320,), False),
    ((416,), False),
    ((640,), False),
    ((960,), False),
    ((960, 640, 320), True),
)
"""Ways of looking that the app offers: sizes in pixels and whether the mirrored frame is looked at too."""

LOWEST_SCORE = 0.02
"""Where several looks are merged, each one's faces from this raw score on count: what one of them rates low must
not be lost before the mean is taken."""

SMALLEST_PX = 64
"""Longer side below which a frame is not looked at any smaller."""


class MultiFaceDetector:
    """A LiteRT single-shot detector. An instance belongs to one thread at a time.

    The model takes float32 (1, H, W, 3) RGB in [0, 255], sides that 32 divides, and gives float32
    (1, locations, 8), see `anchor_free`.

    Args:
        model: verified; its card names `classes`, `calibration` and `label_temperature`.
        sizes_px: longer sides at which it looks; several looks are merged.
        mirror: whether each look is repeated on the mirrored frame.

    Raises:
        ModelError: card and file disagree.
    """

    def __init__(self, model: Model, sizes_px: Sequence[int], mirror: bool = False) -> None:
        if not sizes_px or min(sizes_px) < SMALLEST_PX:
            raise ModelError(f"The detector looks at sizes of {SMALLEST_PX} px or more, not at {list(sizes_px)}.")
        self.name = str(model.card.get("name", model.path.stem))
        way = looks_name(sizes_px, mirror)
        try:
            if tuple(model.card["classes"]) != LABELS:
                raise ModelError(f"{model.path.name} knows the classes {model.card['classes']}, not {LABELS}.")
            self._calibration = Calibration.of_card(model.card, way)
            self._label_temperature = float(model.card["label_temperature"])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"The card of {model.path.name} lacks or garbles {error}.") from None
        self.score_threshold = self._calibration.threshold
        self._sizes_px, self._mirror = tuple(sizes_px), mirror
        self._several = mirror or len(self._sizes_px) > 1
        self._interpreter = model.interpreter((1, SMALLEST_PX, SMALLEST_PX, 3))
        self._input, self._output = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        if tuple(self._input["shape_signature"]) != (1, -1, -1, 3) or self._output["shape"][-1] != OUTPUTS:
            raise ModelError(f"{model.path.name} is no detector that takes pictures of any size.")
        self._shape = tuple(self._input["shape"])

    def detect(self, frame: Frame, score_threshold: float) -> Detections:
        """Return the faces, labelled, best first; see `FaceDetector`."""
        height, width = frame.shape[:2]
        lowest = self._calibration.raw(score_threshold)
        looks = self.look(frame, min(lowest, LOWEST_SCORE) if self._several else lowest)
        found = merge(looks, self._scales(frame)) if self._several else suppress(looks[0])
        found = replace(
            found,
            xyxy=clip_boxes(found.xyxy, (width, height)),
            detection_score=self._calibration.apply(found.detection_score),
        )
        return found.select(found.detection_score >= score_threshold)

    def look(self, frame: Frame, score_threshold: float) -> list[Candidates]:
        """Return what each look sees before suppression, with raw scores, in pixels of the frame; see `detect`."""
        width, looks = frame.shape[1], []
        for size_px in self._sizes_px:
            fitted, factors = fit_frame(frame, size_px)
            looks.append(self._candidates(fitted, factors, score_threshold))
            if self._mirror:
                inner = round(width * factors[0])
                fitted[:, :inner] = fitted[:, :inner][:, ::-1].copy()
                looks.append(_mirrored(self._candidates(fitted, factors, score_threshold), width))
        return looks

    def _scales(self, frame: Frame) -> list[float]:
        repeats = 2 if self._mirror else 1
        return [size_px / max(frame.shape[:2]) for size_px in self._sizes_px for _ in range(repeats)]

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
        # OpenCV turns the colours round ten times as fast as a view with a negative stride is converted.
        rgb = cv2.cvtColor(fitted, cv2.COLOR_BGR2RGB)
        self._interpreter.set_tensor(self._input["index"], rgb[None].astype(np.float32))
        self._interpreter.invoke()
        outputs: FloatArray = self._interpreter.get_tensor(self._output["index"])[0]
        return outputs

    def _candidates(self, fitted: Frame, factors: tuple[float, float], score_threshold: float) -> Candidates:
        points = _points(*fitted.shape[:2])
        found = decode(self.raw(fitted), points, score_threshold, self._label_temperature)
        return replace(found, xyxy=scale_boxes(found.xyxy, 1 / factors[0], 1 / factors[1]))


def looks_name(sizes_px: Sequence[int], mirror: bool) -> str:
    """Return how a card calls a way of looking: `416`, `960+640+320+mirror`."""
    return "+".join([*map(str, sizes_px), *(["mirror"] if mirror else [])])


@lru_cache(maxsize=64)
def _points(height: int, width: int) -> FloatArray:
    points = locations(height, width)
    points.flags.writeable = False
    return points


def _mirrored(candidates: Candidates, width: int) -> Candidates:
    x1, y1, x2, y2 = candidates.xyxy.T
    return replace(candidates, xyxy=np.stack([width - x2, y1, width - x1, y2], axis=1))
