"""The project's own detector: many faces at once, each with its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from webapp.vision.boxes import clip_boxes
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.detectors.anchor_free import Candidates, merge, vote
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_network import SMALLEST_PX, FaceNetwork, label_temperature
from webapp.vision.detectors.views import View, views_name
from webapp.vision.errors import ModelError
from webapp.vision.letterbox import fit_frame
from webapp.vision.model_files import Model

LOWEST_SCORE = 0.05
"""Raw score from which a view's candidates count: a low score of one view must reach the mean."""


class MultiFaceDetector:
    """A single-shot detector that merges several views. An instance belongs to one thread at a time.

    Args:
        model: verified; its card names `calibration`, and what `FaceNetwork` needs.
        views: how each frame is inferred, largest first.
        second: the other network of an ensemble, which views of network 1 use; its card names under `ensemble` the
            model that it was calibrated with (`name`, `sha256`) and the `calibration` of both.

    Raises:
        ModelError: card and file disagree, or the two networks do not belong together.
    """

    def __init__(self, model: Model, views: Sequence[View], second: Model | None = None) -> None:
        self.name, self._calibration = read_cards(model, views, second)
        models = [model] if second is None else [model, second]
        # An interpreter a network and size: to change the size of one costs a quarter of an inference.
        keys = {(view.network, view.size_px) for view in views}
        self._networks = {key: FaceNetwork(models[key[0]]) for key in sorted(keys)}
        self.score_threshold = self._calibration.threshold
        self._views = tuple(views)

    def detect(self, frame: Frame, score_threshold: float) -> Detections:
        """Return the faces, labelled, best first; see `FaceDetector`."""
        height, width = frame.shape[:2]
        longer = max(height, width)
        found = merge([vote(seen) for seen in self.infer(frame)], [view.size_px / longer for view in self._views])
        xyxy = clip_boxes(self._calibration.unbiased(found.xyxy), (width, height))
        score = self._calibration.apply(found.detection_score, xyxy, longer)
        kept = np.flatnonzero(score >= score_threshold)
        kept = kept[np.argsort(-score[kept], kind="stable")]
        return replace(found, xyxy=xyxy, detection_score=score).select(kept)

    def infer(self, frame: Frame) -> list[Candidates]:
        """Return the candidates of each view before suppression: raw scores, pixels of the frame; see `detect`."""
        width, found = frame.shape[1], []
        for view in self._views:
            source = np.ascontiguousarray(frame[:, ::-1]) if view.mirrored else frame
            fitted, factors = fit_frame(source, view.size_px)
            candidates = self._networks[view.network, view.size_px].infer(fitted, factors, LOWEST_SCORE)
            found.append(_mirrored(candidates, width) if view.mirrored else candidates)
        return found


def read_cards(model: Model, views: Sequence[View], second: Model | None = None) -> tuple[str, Calibration]:
    """Return name and calibration of a detector from the cards of its networks; see `MultiFaceDetector`.

    Raises:
        ModelError: an entry is missing or malformed, or the two networks do not belong together.
    """
    if not views or min(view.size_px for view in views) < SMALLEST_PX:
        raise ModelError(f"The detector takes views of {SMALLEST_PX} px or more, not {views_name(views) or 'none'}.")
    models = [model] if second is None else [model, second]
    used = [models[network] for network in sorted({view.network for view in views})]
    for one in used:
        label_temperature(one)
    return "+".join(dict.fromkeys(one.name for one in used)), _calibration(model, second, views)


def _calibration(model: Model, second: Model | None, views: Sequence[View]) -> Calibration:
    source = model if second is None else second
    try:
        if second is None:
            return Calibration.of_card(model.card, views)
        if second.card["ensemble"]["sha256"] != model.card["sha256"]:
            raise ModelError(
                f"{second.path.name} was calibrated with another detector than {model.path.name}: "
                f"set photo_tta to small, or export it again."
            )
        return Calibration.of_card(second.card["ensemble"], views)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"The card of {source.path.name} lacks or garbles {error}.") from None


def _mirrored(candidates: Candidates, width: int) -> Candidates:
    x1, y1, x2, y2 = candidates.xyxy.T
    return replace(candidates, xyxy=np.stack([width - x2, y1, width - x1, y2], axis=1))
