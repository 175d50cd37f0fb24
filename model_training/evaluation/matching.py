"""Match detections to ground truth, photo by photo, in the order of falling score.

The matching is that of COCO (see `coco_matching`), with sizes of our own: a face's size is its shorter side with the
photo's longer side at 576 px, faces under 12 px are ignored, and so are faces outside the range of sizes of the
matching parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_training.data.annotations import Annotations, Photo
from model_training.data.face_samples import MIN_SIDE_PX
from model_training.data.labels import merged
from model_training.evaluation.coco_matching import CocoMatcher
from model_training.evaluation.predictions import Predictions
from webapp.vision.detections import Float64Array, IntArray

LONGER_SIDE_PX = 576
LEAST_IGNORED_IOU = 0.3
"""Least overlap of a detection with a region to ignore (COCO's `iscrowd`), whatever the IoU threshold is."""

TRUE_POSITIVE, FALSE_POSITIVE, IGNORED = 1, 0, -1

MOST_DETECTIONS = 1000
"""Detections of a photo that take part, those of the highest scores."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Ground truth and predictions of a photo at 576 px, predictions in the order of falling score.

    Args:
        gt_xyxy: float64 (t, 4), pixels; sides in `gt_side_px` float64 (t,).
        gt_label: int64 (t,).
        ignore: bool (t,).
        found: xyxy in pixels of 576, cut at the photo's edges; sides in `predicted_side_px` float64 (f,).
        overlap: float64 (f, t), intersection over union.
    """

    gt_xyxy: Float64Array
    gt_label: IntArray
    ignore: NDArray[np.bool_]
    gt_side_px: Float64Array
    found: Predictions
    predicted_side_px: Float64Array
    overlap: Float64Array


@dataclass(frozen=True)
class MatchingParameters:
    """Which faces and detections take part, and the least overlap of a match.

    Args:
        iou_threshold: least overlap of a true positive.
        low_px: least shorter side; faces below 12 px are ignored whatever it is.
        high_px: shorter sides from this on are outside the range.
        label: index into `LABELS` of the only faces and detections that count, None for all.
        two_classes: a badly worn mask counts as none, in ground truth and predictions.
    """

    iou_threshold: float
    low_px: float = MIN_SIDE_PX
    high_px: float = np.inf
    label: int | None = None
    two_classes: bool = False


@dataclass(frozen=True, eq=False)
class Matches:
    """The result of every detection, photo after photo, and the ground-truth faces that are not ignored.

    Args:
        score: float64 (n,).
        result: int64 (n,), `TRUE_POSITIVE`, `FALSE_POSITIVE` or `IGNORED`.
        scene: int64 (n,), index of the photo.
        detection: int64 (n,), index of the detection in its scene.
        face: int64 (n,), index of the matched face, else -1.
        gt_faces: int64 (w, 2), photo and face of every ground-truth face that is not ignored.
    """

    score: Float64Array
    result: IntArray
    scene: IntArray
    detection: IntArray
    face: IntArray
    gt_faces: IntArray


def build_scenes(photos: Sequence[Photo], predictions: Mapping[str, Predictions]) -> list[Scene]:
    """Build the scenes of photos with predictions by file name; a photo without an entry has no predictions."""
    nothing = Predictions(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64), np.zeros(0))
    return [
        build_scene(photo.annotations, photo.resolution_wh, predictions.get(photo.file_name, nothing))
        for photo in photos
    ]


def build_scene(gt: Annotations, resolution_wh: tuple[int, int], found: Predictions) -> Scene:
    """Scale ground truth and predictions to 576 px.

    Args:
        gt: the ground truth.
        resolution_wh: width and height of the photo, pixels.
        found: the predictions.
    """
    scale = LONGER_SIDE_PX / max(resolution_wh)
    order = np.argsort(-found.score, kind="stable")
    xyxy = np.clip(found.xyxy[order], 0, np.tile(resolution_wh, 2)) * scale
    sorted_found = Predictions(xyxy, found.score[order], found.label[order], found.label_score[order])
    gt_xyxy = gt.xyxy.astype(np.float64) * scale
    return Scene(
        gt_xyxy,
        gt.label,
        gt.ignore,
        shorter_side(gt_xyxy),
        sorted_found,
        shorter_side(xyxy),
        overlaps(xyxy, gt_xyxy),
    )


def shorter_side(xyxy: Float64Array) -> Float64Array:
    """Return the shorter side of every box, float64 (n,), pixels."""
    return (xyxy[:, 2:] - xyxy[:, :2]).min(axis=1, initial=np.inf)


def overlaps(a: Float64Array, b: Float64Array) -> Float64Array:
    """Return the intersection over union of every pair, float64 (n, m).

    `webapp.vision.boxes.box_iou` rounds to float32, which moves a box that lies exactly on a threshold across it.

    Args:
        a: float64 (n, 4), pixels.
        b: float64 (m, 4), pixels.
    """
    return paired_overlaps(a[:, None], b[None])


def paired_overlaps(a: Float64Array, b: Float64Array) -> Float64Array:
    """Return the intersection over union of boxes pair by pair, float64 (…); 0 for a box whose corners are swapped.

    Args:
        a: float64 (…, 4).
        b: float64 (…, 4), of the same shape, or of one that broadcasts.
    """
    shared = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = shared.clip(0).prod(axis=-1)
    area_a, area_b = ((boxes[..., 2:] - boxes[..., :2]).clip(0).prod(axis=-1) for boxes in (a, b))
    return intersection / np.maximum(area_a + area_b - intersection, 1e-9)


def match_detections(scenes: Sequence[Scene], parameters: MatchingParameters) -> Matches:
    """Match the detections of all photos.

    Args:
        scenes: see `build_scenes`.
        parameters: which faces and detections count, and the least overlap.
    """
    matcher = CocoMatcher(parameters.iou_threshold)
    matched = [_match_scene(matcher, number, scene, parameters) for number, scene in enumerate(scenes)]
    nothing = (np.zeros(0), *[np.zeros(0, np.int64)] * 4, np.zeros((0, 2), np.int64))
    return Matches(*(np.concatenate(column) for column in zip(nothing, *matched, strict=True)))


def _match_scene(
    matcher: CocoMatcher, number: int, scene: Scene, parameters: MatchingParameters
) -> tuple[Float64Array, IntArray, IntArray, IntArray, IntArray, IntArray]:
    # The columns of `Matches`.
    (detections,) = _chosen(scene.found.label, parameters).nonzero()
    detections = detections[:MOST_DETECTIONS]
    # A region to ignore may be a face of any label.
    (faces,) = (_chosen(scene.gt_label, parameters) | scene.ignore).nonzero()
    region, side, predicted_side = scene.ignore[faces], scene.gt_side_px[faces], scene.predicted_side_px[detections]
    ignored = region | (side < max(parameters.low_px, MIN_SIDE_PX)) | (side >= parameters.high_px)
    outside = (predicted_side < parameters.low_px) | (predicted_side >= parameters.high_px)
    overlap = scene.overlap[detections][:, faces]
    # COCO divides the intersection with a crowd by the detection's area; here a region has its own IoU threshold.
    overlap[region & (overlap >= LEAST_IGNORED_IOU)] = 1.0
    matched = matcher.match(overlap, ignored)
    hit = matched >= 0
    result = np.where(outside, IGNORED, FALSE_POSITIVE)
    result[hit] = np.where(ignored[matched[hit]], IGNORED, TRUE_POSITIVE)
    face = np.full(len(detections), -1)
    face[hit] = np.where(ignored[matched[hit]], -1, faces[matched[hit]])
    gt_faces = faces[~ignored]
    gt_faces = np.stack([np.full(len(gt_faces), number), gt_faces], axis=1)
    return scene.found.score[detections], result, np.full(len(detections), number), detections, face, gt_faces


def _chosen(label: IntArray, parameters: MatchingParameters) -> NDArray[np.bool_]:
    if parameters.label is None:
        return np.ones(len(label), bool)
    return (merged(label) if parameters.two_classes else label) == parameters.label
