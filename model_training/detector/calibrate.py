"""Calibrate a detector for every set of views: Platt scaling by size, threshold, box bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from model_training.data.annotations import LabelledFrame, Photo
from model_training.data.box_style import box_style, pair_boxes
from model_training.data.progress import progress
from model_training.detector.calibrate_verification import MATCH_IOU, CalibratedSet, calibrate_verification
from model_training.detector.score_fitting import fit_platt, match_ground_truth, operating_point
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.matching import overlaps
from webapp.vision.boxes import clip_boxes, unmove_edges
from webapp.vision.detections import Detections, Float64Array, FloatArray
from webapp.vision.detectors.anchor_free import Candidates, logits_of, merge, vote
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.multiface import MultiFaceDetector, best_first
from webapp.vision.detectors.size_octaves import size_octaves
from webapp.vision.detectors.views import View, Views, views_name
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model

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
    """Candidates of every view of one picture after suppression: inferred once, merged for each set of views.

    Args:
        candidates: by view.
        resolution_wh: width and height of the picture, pixels.
        read: returns the picture, uint8 (H, W, 3) BGR.
    """

    candidates: Mapping[View, Candidates]
    resolution_wh: tuple[int, int]
    read: Callable[[], Frame]

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

    photos: Sequence[tuple[LabelledFrame, ViewCandidates]]
    close_ups: Sequence[tuple[CloseUp, ViewCandidates]]
    empty: Sequence[Sequence[ViewCandidates]]


def infer_all(
    detector: MultiFaceDetector,
    views: Views,
    photos: Sequence[LabelledFrame],
    close_ups: Sequence[CloseUp],
    empty: Sequence[Sequence[Photo]],
) -> CalibrationSet:
    """Infer every view on every picture.

    Args:
        detector: made with `views`.
        views: all that some set will use.
        photos: of validation.
        close_ups: of validation.
        empty: photos without faces that are held out, folder by folder.
    """

    def infer(read: Callable[[], Frame]) -> ViewCandidates:
        frame = read()
        height, width = frame.shape[:2]
        suppressed = [vote(candidates) for candidates in detector.infer(frame)]
        return ViewCandidates(dict(zip(views, suppressed, strict=True)), (width, height), read)

    def infer_photo(photo: LabelledFrame) -> ViewCandidates:
        return infer(lambda: photo.frame)

    def infer_file(file: Photo) -> ViewCandidates:
        return infer(lambda: file.read().frame)

    return CalibrationSet(
        [(photo, infer_photo(photo)) for photo in progress(photos, "photo")],
        [(each, infer(each.read)) for each in progress(close_ups, "close-up")],
        [[infer_file(file) for file in progress(files, "empty photo")] for files in empty],
    )


def calibrate(
    seen: CalibrationSet, view_sets: Sequence[Views], verifier: MaskClassifier | None = None
) -> dict[str, dict[str, Any]]:
    """Fit scores and choose the threshold of every set of views that the app offers.

    Args:
        seen: see `infer_all`.
        view_sets: each a part of the views that were inferred.
        verifier: a classifier with a face output, or None for a detector without verification.

    Returns:
        The `calibration` of a card.

    Raises:
        SystemExit: no detection is right, or none is wrong.
    """
    gt_faces = sum(int(_counted(photo).sum()) for photo, _ in seen.photos)
    rows: dict[str, dict[str, Any]] = {}
    for views in progress(view_sets, "set of views"):
        calibration = _calibrate(seen, views, gt_faces)
        if verifier is not None:
            verification = calibrate_verification(_calibrated(seen, views, calibration), gt_faces, verifier)
            calibration = replace(calibration, verification=verification)
        rows[views_name(views)] = asdict(calibration)
    return rows


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
    empty = [
        [_apply(fitted, found, candidates) for found, candidates in zip(folder, folder_candidates, strict=True)]
        for folder, folder_candidates in zip(raw_empty, seen.empty, strict=True)
    ]
    threshold = operating_point(np.concatenate(score), found_right, gt_faces, empty)
    return replace(fitted, threshold=threshold, box_bias=tuple(round(float(edge), 4) for edge in bias))


def _calibrated(seen: CalibrationSet, views: Views, calibration: Calibration) -> CalibratedSet:
    def scored(candidates: ViewCandidates) -> tuple[Detections, Callable[[], Frame]]:
        raw = candidates.raw(views, np.array(calibration.box_bias, np.float32))
        score = calibration.apply(raw.detection_score, raw.xyxy, max(candidates.resolution_wh))
        return best_first(replace(raw, detection_score=score), 0.0), candidates.read

    return CalibratedSet(
        [(photo, *scored(candidates)) for photo, candidates in seen.photos],
        [(close_up, *scored(candidates)) for close_up, candidates in seen.close_ups],
        [[scored(candidates) for candidates in folder] for folder in seen.empty],
    )


def _box_bias(seen: CalibrationSet, views: Views) -> FloatArray:
    known = [(photo, each.raw(views)) for photo, each in seen.photos]
    shown = [(photo, found.select(found.detection_score >= BIAS_FROM_SCORE)) for photo, found in known]
    pairs = pair_boxes([(photo.annotations, found) for photo, found in shown])
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


def _counted(photo: LabelledFrame) -> np.ndarray:
    # A face counts where a detection with exactly its box is matched to it.
    matched = match_ground_truth(photo, photo.annotations.xyxy, MATCH_IOU)
    return matched >= 0


def _apply(calibration: Calibration, found: Detections, candidates: ViewCandidates) -> Float64Array:
    return calibration.apply(found.detection_score, found.xyxy, max(candidates.resolution_wh)).astype(np.float64)


def infer_and_calibrate(
    model: Model,
    view_sets: Sequence[Views],
    photos: Sequence[LabelledFrame],
    close_ups: Sequence[CloseUp],
    empty: Sequence[Sequence[Photo]],
    ensemble_model: Model | None = None,
    verifier: MaskClassifier | None = None,
) -> dict[str, dict[str, Any]]:
    """Infer all views once and calibrate every set of them; see `infer_all` and `calibrate`.

    Args:
        model: its card has an empty `calibration`, unless there is an ensemble model.
        view_sets: that the app offers.
        photos: of validation.
        close_ups: of validation.
        empty: held-out photos without faces, folder by folder.
        ensemble_model: the other network of an ensemble; its card has an empty `calibration` under `ensemble`.
        verifier: see `calibrate`.
    """
    views = tuple(dict.fromkeys(view for views in view_sets for view in views))
    detector = MultiFaceDetector(model, views, ensemble_model)
    return calibrate(infer_all(detector, views, photos, close_ups, empty), view_sets, verifier)
