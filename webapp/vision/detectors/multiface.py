"""The project's own detector: many faces at once, each with its label."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np

from webapp.vision.boxes import clip_boxes
from webapp.vision.detections import Detections
from webapp.vision.detectors.anchor_free import Candidates, merge, vote
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_network import SMALLEST_PX, FaceNetwork, label_temperature
from webapp.vision.detectors.face_verification import FaceLogits, verified_rows, verify_large
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.detectors.views import View, views_name
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_frame
from webapp.vision.mask_classifier import MaskClassifier
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
        verifier: verifies large detections; used where it is the one that the card was calibrated with.
        kept_px: networks of larger views are made for each frame and freed again, which saves memory and costs time;
            None keeps all.

    Raises:
        ModelError: card and file disagree, or the two networks do not belong together.
    """

    def __init__(
        self,
        model: Model,
        views: Sequence[View],
        second: Model | None = None,
        verifier: MaskClassifier | None = None,
        kept_px: int | None = None,
    ) -> None:
        self._models, self._verifier = [model] if second is None else [model, second], verifier
        # An interpreter a view: to change the size of one costs a quarter of an inference.
        self._networks = [
            FaceNetwork(self._models[view.network]) if kept_px is None or view.size_px <= kept_px else None
            for view in views
        ]
        self._use(views)

    def with_views(self, views: Sequence[View]) -> MultiFaceDetector:
        """Return this detector with as many views of the same networks in other sizes.

        Both share their interpreters, so one thread at a time may use either of them.

        Args:
            views: see above.

        Raises:
            ModelError: the card is malformed.
        """
        other = copy(self)
        other._use(views)
        return other

    def _use(self, views: Sequence[View]) -> None:
        sha256 = self._verifier.sha256 if self._verifier else ""
        second = self._models[1] if len(self._models) > 1 else None
        self.name, self._calibration = read_cards(self._models[0], views, second, sha256)
        self._verification = self._calibration.verification
        self.score_threshold = self._calibration.operating_threshold
        self._views = tuple(views)

    def detect(self, frame: Frame, score_threshold: float, recent: RecentLogits | None = None) -> Detections:
        """Return the faces, labelled, best first; see `FaceDetector`."""
        height, width = frame.shape[:2]
        longer = max(height, width)
        found = merge([vote(seen) for seen in self.infer(frame)], [view.size_px / longer for view in self._views])
        xyxy = clip_boxes(self._calibration.unbiased(found.xyxy), (width, height))
        score = self._calibration.apply(found.detection_score, xyxy, longer)
        calibrated = replace(found, xyxy=xyxy, detection_score=score)
        if self._verifier is None or self._verification is None:
            return best_first(calibrated, score_threshold)
        face_logits: FaceLogits = partial(self._verifier.face_logits, frame)
        if recent is not None:
            face_logits = recent.reusing(face_logits)
        candidates = (score >= score_threshold) | verified_rows(calibrated, longer)
        ranked = best_first(calibrated.select(candidates), 0.0)
        return best_first(verify_large(ranked, longer, self._verification, face_logits), score_threshold)

    def infer(self, frame: Frame) -> list[Candidates]:
        """Return the candidates of each view before suppression: raw scores, pixels of the frame; see `detect`."""
        width, found = frame.shape[1], []
        for view, kept in zip(self._views, self._networks, strict=True):
            source = np.ascontiguousarray(frame[:, ::-1]) if view.mirrored else frame
            fitted, factors = fit_frame(source, view.size_px)
            network = kept or FaceNetwork(self._models[view.network], *fitted.shape[:2])
            candidates = network.infer(fitted, factors, LOWEST_SCORE)
            found.append(_mirrored(candidates, width) if view.mirrored else candidates)
        return found


def best_first(found: Detections, score_threshold: float) -> Detections:
    """Return the detections whose score reaches the threshold, best first."""
    score = found.detection_score
    kept = np.flatnonzero(score >= score_threshold)
    return found.select(kept[np.argsort(-score[kept], kind="stable")])


def read_cards(
    model: Model, views: Sequence[View], second: Model | None = None, verifier_sha256: str = ""
) -> tuple[str, Calibration]:
    """Return name and calibration of a detector from the cards of its networks; see `MultiFaceDetector`.

    Args:
        model: see `MultiFaceDetector`, as are `views` and `second`.
        views: of each frame.
        second: the other network of an ensemble.
        verifier_sha256: of the classifier's file; the calibration keeps its `verification` if it was made with it.

    Raises:
        ModelError: an entry is missing or malformed, or the two networks do not belong together.
    """
    if not views or min(view.size_px for view in views) < SMALLEST_PX:
        raise ModelError(f"The detector takes views of {SMALLEST_PX} px or more, not {views_name(views) or 'none'}.")
    models = [model] if second is None else [model, second]
    used = [models[network] for network in sorted({view.network for view in views})]
    for one in used:
        label_temperature(one)
    name = "+".join(dict.fromkeys(one.name for one in used))
    return name, _calibration(model, second, views, verifier_sha256)


def _calibration(model: Model, second: Model | None, views: Sequence[View], verifier_sha256: str) -> Calibration:
    source = model if second is None else second
    try:
        card = model.card if second is None else second.card["ensemble"]
        if second is not None and card["sha256"] != model.card["sha256"]:
            raise ModelError(
                f"{second.path.name} was calibrated with another detector than {model.path.name}: "
                f"set photo_tta to small, or export it again."
            )
        found = Calibration.of_card(card, views)
        if found.verification and card["verifier"]["sha256"] != verifier_sha256:
            return replace(found, verification=None)
        return found
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"The card of {source.path.name} lacks or garbles {error}.") from None


def _mirrored(candidates: Candidates, width: int) -> Candidates:
    x1, y1, x2, y2 = candidates.xyxy.T
    return replace(candidates, xyxy=np.stack([width - x2, y1, width - x1, y2], axis=1))
