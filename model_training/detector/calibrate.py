"""Calibrate a detector for every set of views: Platt scaling by size, threshold, box bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from model_training.data.box_style import box_style, pair_boxes
from model_training.data.labelled_photos import LabelledPhoto, PhotoFile
from model_training.data.progress import progress
from model_training.detector.score_fitting import best_f1_threshold, fit_platt, limit_threshold, match_ground_truth
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.matching import overlaps
from webapp.vision.boxes import clip_boxes, unmove_edges
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections, Float64Array, FloatArray
from webapp.vision.detectors.anchor_free import Candidates, logits_of, merge, vote
from webapp.vision.detectors.calibration import Calibration, size_octaves
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import View, Views, views_name
from webapp.vision.model_files import Model

MATCH_IOU = 0.3
"""At IoU 0.3 a displaced box still counts as a detection of the face: on the page it disturbs less than a box without
a face."""

FALSE_POSITIVES_PER_EMPTY_PHOTO = 0.02

CLOSE_UP_WEIGHT, EMPTY_WEIGHT = 0.2, 10.0
"""Of a detection in a close-up, and on a photo without faces, against one in a labelled photo. Close-ups are many and
all of large faces: with weight 1 each, what scores in the middle would count as a large face because close-ups are
common here, and the limit of false positives would then cost most small faces (EXPERIMENTS.md, 2026-11-29)."""

NO_BIAS = np.zeros(4, np.float32)

BIAS_FROM_SCORE = 0.3
"""Raw score from which boxes are used to estimate the box bias; boxes below are often displaced."""

NEVER_RIGHT = "On the validation photos no detection is right, or none is wrong: train it longer."


@dataclass(frozen=True, eq=False)
class ViewCandidates:
    """Candidates of every view of one picture after suppression: inferred once, merged for each set of views."""

    candidates: Mapping[View, Candidates]
    resolution_wh: tuple[int, int]

    def raw(self, views: Views, box_bias: FloatArray = NO_BIAS) -> Detections:
        """Return the merged detections of some views with raw scores, best first.

        Args:
            views: of `candidates`.
            box_bias: float32 (4,), of the boxes, see `Calibration`.
        """
        longer = max(self.resolution_wh)
        found = merge([self.candidates[view] for view in views], [view.size_px / longer for view in views])
        return found.with_boxes(clip_boxes(unmove_edges(found.xyxy, box_bias), self.resolution_wh))


@dataclass(frozen=True, eq=False)
class CalibrationSet:
    """Held-out pictures, each with the candidates of every view.

    Args:
        photos: with their ground truth.
        close_ups: of one face each.
        empty: without faces, by folder; each folder has to keep the limit of false positives.
    """

    photos: Sequence[tuple[LabelledPhoto, ViewCandidates]]
    close_ups: Sequence[tuple[CloseUp, ViewCandidates]]
    empty: Sequence[Sequence[ViewCandidates]]


def infer_all(
    detector: MultiFaceDetector,
    views: Views,
    photos: Sequence[LabelledPhoto],
    close_ups: Sequence[CloseUp],
    empty: Sequence[Sequence[PhotoFile]],
) -> CalibrationSet:
    """Infer every view on every picture.

    Args:
        detector: made with `views`.
        views: all that some set will use.
        photos: of validation.
        close_ups: of validation.
        empty: photos without faces that are held out, folder by folder.
    """

    def infer(frame: Frame) -> ViewCandidates:
        height, width = frame.shape[:2]
        suppressed = [vote(candidates) for candidates in detector.infer(frame)]
        return ViewCandidates(dict(zip(views, suppressed, strict=True)), (width, height))

    return CalibrationSet(
        [(photo, infer(photo.frame)) for photo in progress(photos, "photo")],
        [(each, infer(each.read())) for each in progress(close_ups, "close-up")],
        [[infer(file.read().frame) for file in progress(files, "empty photo")] for files in empty],
    )


def calibrate(seen: CalibrationSet, view_sets: Sequence[Views]) -> dict[str, dict[str, Any]]:
    """Fit scores and choose the threshold of every set of views that the app offers.

    Args:
        seen: see `infer_all`.
        view_sets: each a part of the views that were inferred.

    Returns:
        The `calibration` of a card.

    Raises:
        SystemExit: no detection is right, or none is wrong.
    """
    gt_faces = sum(int(_counted(photo).sum()) for photo, _ in seen.photos)
    return {views_name(views): asdict(_calibrate(seen, views, gt_faces)) for views in view_sets}


def _calibrate(seen: CalibrationSet, views: Views, gt_faces: int) -> Calibration:
    bias = np.round(_box_bias(seen, views), 4)
    matched = []
    for photo, candidates in seen.photos:
        found = candidates.raw(views, bias)
        # -2 marks detections that neither count as right nor as wrong.
        matched.append((found, match_ground_truth(photo, found.xyxy, MATCH_IOU), candidates))
    raw_empty = [[each.raw(views, bias) for each in folder] for folder in seen.empty]
    rows = [
        _rows(found.select(np.flatnonzero(faces != -2)), faces[faces != -2] >= 0, candidates, 1.0)
        for found, faces, candidates in matched
    ]
    rows += [_close_up_rows(each, candidates.raw(views, bias), candidates) for each, candidates in seen.close_ups]
    rows += [
        _rows(found, np.zeros(len(found), bool), candidates, EMPTY_WEIGHT)
        for folder, folder_candidates in zip(raw_empty, seen.empty, strict=True)
        for found, candidates in zip(folder, folder_candidates, strict=True)
    ]
    table = np.concatenate(rows) if rows else np.zeros((0, 5))
    features, right, weight = table[:, :3], table[:, 3] > 0, table[:, 4]
    if not len(table) or right.all() or not right.any():
        raise SystemExit(NEVER_RIGHT)
    # Rounded as the card has them, so that the threshold is that of the card's own scores.
    slope, size_slope, size_curve, offset = (round(float(c), 4) for c in fit_platt(features, right, weight))
    fitted = Calibration(slope, offset, size_slope, size_curve)
    score = [_apply(fitted, found, candidates)[faces != -2] for found, faces, candidates in matched]
    found_right = np.concatenate([faces[faces != -2] >= 0 for _, faces, _ in matched])
    threshold = best_f1_threshold(np.concatenate(score), found_right, gt_faces)
    for folder, folder_candidates in zip(raw_empty, seen.empty, strict=True):
        calibrated = [
            _apply(fitted, found, candidates) for found, candidates in zip(folder, folder_candidates, strict=True)
        ]
        limit = limit_threshold(np.concatenate(calibrated), len(folder), FALSE_POSITIVES_PER_EMPTY_PHOTO)
        threshold = max(threshold, limit)
    # Rounded up: rounded down, the threshold would admit the first box above the limit.
    threshold = min(float(np.ceil(threshold * 1e4)) / 1e4, 1.0)
    return replace(fitted, threshold=threshold, box_bias=tuple(round(float(edge), 4) for edge in bias))


def _box_bias(seen: CalibrationSet, views: Views) -> FloatArray:
    known = [(photo, each.raw(views)) for photo, each in seen.photos]
    shown = [(photo, found.select(found.detection_score >= BIAS_FROM_SCORE)) for photo, found in known]
    pairs = pair_boxes([(photo.xyxy, photo.ignore, found) for photo, found in shown])
    return box_style(*pairs)


def _close_up_rows(close_up: CloseUp, found: Detections, candidates: ViewCandidates) -> Float64Array:
    boxes = found.xyxy.astype(np.float64)
    on_face = overlaps(boxes, close_up.face_xyxy[None])[:, 0] >= MATCH_IOU
    first = int(on_face.argmax()) if on_face.any() else -1
    right = np.arange(len(found)) == first
    elsewhere = overlaps(boxes, close_up.ignore_xyxy).max(axis=1, initial=0) < MATCH_IOU
    kept = np.flatnonzero(right | elsewhere)
    return _rows(found.select(kept), right[kept], candidates, CLOSE_UP_WEIGHT)


def _rows(found: Detections, right: np.ndarray, candidates: ViewCandidates, weight: float) -> Float64Array:
    """Return float64 (n, 5): logit, octaves of size and their square, whether right, weight."""
    octaves = size_octaves(found.xyxy, max(candidates.resolution_wh))
    logit = logits_of(found.detection_score.astype(np.float64))
    return np.column_stack([logit, octaves, octaves**2, right, np.full(len(found), weight)])


def _counted(photo: LabelledPhoto) -> np.ndarray:
    # A face counts where a detection with exactly its box is matched to it.
    matched = match_ground_truth(photo, photo.xyxy, MATCH_IOU)
    return matched >= 0


def _apply(calibration: Calibration, found: Detections, candidates: ViewCandidates) -> Float64Array:
    return calibration.apply(found.detection_score, found.xyxy, max(candidates.resolution_wh)).astype(np.float64)


def infer_and_calibrate(
    model: Model,
    view_sets: Sequence[Views],
    photos: Sequence[LabelledPhoto],
    close_ups: Sequence[CloseUp],
    empty: Sequence[Sequence[PhotoFile]],
    ensemble_model: Model | None = None,
) -> dict[str, dict[str, Any]]:
    """Infer all views once and calibrate every set of them; see `infer_all` and `calibrate`.

    Args:
        model: its card has an empty `calibration`, unless there is an ensemble model.
        view_sets: that the app offers.
        photos: of validation.
        close_ups: of validation.
        empty: held-out photos without faces, folder by folder.
        ensemble_model: the other network of an ensemble; its card has an empty `calibration` under `ensemble`.
    """
    views = tuple(dict.fromkeys(view for views in view_sets for view in views))
    return calibrate(
        infer_all(MultiFaceDetector(model, views, ensemble_model), views, photos, close_ups, empty), view_sets
    )
