"""The project's own detector: many faces at once, masked or not, with what each one wears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from webapp.vision.boxes import clip_boxes
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.detectors.anchor_free import Candidates, merge, suppress
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_network import SMALLEST_PX, FaceNetwork
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

TOGETHER = LOOKS[-1:]
"""Those of them that two networks take together."""

LOWEST_SCORE = 0.02
"""Where several looks are merged, each one's faces from this raw score on count: what one of them rates low must
not be lost before the mean is taken."""


class MultiFaceDetector:
    """A single-shot detector that may look several times. An instance belongs to one thread at a time.

    Args:
        model: verified; its card names `calibration`, and what `FaceNetwork` needs.
        sizes_px: longer sides at which it looks; several looks are merged.
        mirror: whether each look is repeated on the mirrored frame.
        second: another network that looks in the same ways too; its card names under `together` the model that it
            was calibrated beside (`name`, `sha256`) and the `calibration` of both.

    Raises:
        ModelError: card and file disagree, or the two networks do not belong together.
    """

    def __init__(
        self, model: Model, sizes_px: Sequence[int], mirror: bool = False, second: Model | None = None
    ) -> None:
        if not sizes_px or min(sizes_px) < SMALLEST_PX:
            raise ModelError(f"The detector looks at sizes of {SMALLEST_PX} px or more, not at {list(sizes_px)}.")
        models = [model] if second is None else [model, second]
        self._networks = [FaceNetwork(each) for each in models]
        self.name = "+".join(network.name for network in self._networks)
        self._calibration = _calibration(model, second, looks_name(sizes_px, mirror))
        self.score_threshold = self._calibration.threshold
        self._sizes_px, self._mirror = tuple(sizes_px), mirror
        self._looks_a_size = len(models) * (2 if mirror else 1)

    def detect(self, frame: Frame, score_threshold: float) -> Detections:
        """Return the faces, labelled, best first; see `FaceDetector`."""
        height, width = frame.shape[:2]
        lowest = self._calibration.raw(score_threshold)
        several = self._looks_a_size * len(self._sizes_px) > 1
        looks = self.look(frame, min(lowest, LOWEST_SCORE) if several else lowest)
        found = merge(looks, self._scales(frame)) if several else suppress(looks[0])
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
            looks += [network.look(fitted, factors, score_threshold) for network in self._networks]
            if self._mirror:
                inner = round(width * factors[0])
                fitted[:, :inner] = fitted[:, :inner][:, ::-1].copy()
                looks += [
                    _mirrored(network.look(fitted, factors, score_threshold), width) for network in self._networks
                ]
        return looks

    def _scales(self, frame: Frame) -> list[float]:
        return [size_px / max(frame.shape[:2]) for size_px in self._sizes_px for _ in range(self._looks_a_size)]


def looks_name(sizes_px: Sequence[int], mirror: bool) -> str:
    """Return how a card calls a way of looking: `416`, `960+640+320+mirror`."""
    return "+".join([*map(str, sizes_px), *(["mirror"] if mirror else [])])


def _calibration(model: Model, second: Model | None, way: str) -> Calibration:
    teller = model if second is None else second
    try:
        if second is None:
            return Calibration.of_card(model.card, way)
        if second.card["together"]["sha256"] != model.card["sha256"]:
            raise ModelError(
                f"{second.path.name} was calibrated beside another detector than {model.path.name}: "
                f"set photo_looks to six, or export it anew."
            )
        return Calibration.of_card(second.card["together"], way)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"The card of {teller.path.name} lacks or garbles {error}.") from None


def _mirrored(candidates: Candidates, width: int) -> Candidates:
    x1, y1, x2, y2 = candidates.xyxy.T
    return replace(candidates, xyxy=np.stack([width - x2, y1, width - x1, y2], axis=1))
