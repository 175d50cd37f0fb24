"""Match detections to ground truth, photo by photo, in the order of falling score.

The rules are those of PASCAL VOC (Everingham et al. 2010, doi:10.1007/s11263-009-0275-4) with sizes: every photo
counts as if its longer side had 576 px, faces under 12 px are ignored, and so are faces outside the
range of sizes of the matching parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_training.data.coco import GroundTruth
from model_training.data.face_samples import MIN_SIDE_PX
from model_training.data.labels import merged
from model_training.evaluation.predictions import Predictions
from webapp.vision.detections import Float64Array, IntArray

LONGER_SIDE_PX = 576
LEAST_IGNORED_IOU = 0.3
"""Least overlap of a detection with a region to ignore (COCO's `iscrowd`), whatever the IoU threshold is."""

TRUE_POSITIVE, FALSE_POSITIVE, IGNORED = 1, 0, -1


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


def build_scenes(photos: Sequence[GroundTruth], predictions: Mapping[str, Predictions]) -> list[Scene]:
    """Scale ground truth and predictions to 576 px; a photo without an entry has no predictions."""
    nothing = Predictions(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64), np.zeros(0))
    return [_scene(photo, predictions.get(photo.name, nothing)) for photo in photos]


def _scene(photo: GroundTruth, found: Predictions) -> Scene:
    scale = LONGER_SIDE_PX / max(photo.resolution_wh)
    order = np.argsort(-found.score, kind="stable")
    xyxy = np.clip(found.xyxy[order], 0, np.tile(photo.resolution_wh, 2)) * scale
    sorted_found = Predictions(xyxy, found.score[order], found.label[order], found.label_score[order])
    gt_xyxy = photo.xyxy * scale
    return Scene(
        gt_xyxy,
        photo.label,
        photo.ignore,
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
    score, result, face, detection, scene_of, gt_faces = [], [], [], [], [], []
    for number, scene in enumerate(scenes):
        chosen, faces = _chosen(scene.found.label, parameters), _chosen(scene.gt_label, parameters)
        inside = (scene.gt_side_px >= max(parameters.low_px, MIN_SIDE_PX)) & (scene.gt_side_px < parameters.high_px)
        counted = np.flatnonzero(faces & inside & ~scene.ignore)
        # an ignored region may be a face of any label.
        ignored = np.flatnonzero((faces & ~inside) | scene.ignore)
        results, matched = _match_scene(scene, np.flatnonzero(chosen), counted, ignored, parameters)
        score.append(scene.found.score[chosen])
        result.append(results)
        face.append(matched)
        detection.append(np.flatnonzero(chosen))
        scene_of.append(np.full(chosen.sum(), number))
        gt_faces.append(np.column_stack([np.full(len(counted), number), counted]))
    whole = np.zeros(0, np.int64)
    return Matches(
        np.concatenate([np.zeros(0), *score]),
        np.concatenate([whole, *result]),
        np.concatenate([whole, *scene_of]),
        np.concatenate([whole, *detection]),
        np.concatenate([whole, *face]),
        np.concatenate([np.zeros((0, 2), np.int64), *gt_faces]),
    )


def _chosen(label: IntArray, parameters: MatchingParameters) -> NDArray[np.bool_]:
    if parameters.label is None:
        return np.ones(len(label), bool)
    return (merged(label) if parameters.two_classes else label) == parameters.label


def _match_scene(
    scene: Scene, detections: IntArray, counted: IntArray, ignored: IntArray, parameters: MatchingParameters
) -> tuple[IntArray, IntArray]:
    results, matched = np.full(len(detections), FALSE_POSITIVE), np.full(len(detections), -1)
    overlap: Float64Array = np.where(scene.overlap >= parameters.iou_threshold, scene.overlap, -1.0)
    # Regions to ignore are drawn roughly: less overlap is enough there.
    on_ignored = (overlap[:, ignored].max(axis=1, initial=-1.0) >= 0) | (
        scene.overlap[:, scene.ignore].max(axis=1, initial=-1.0) >= LEAST_IGNORED_IOU
    )
    own_size = (scene.predicted_side_px >= parameters.low_px) & (scene.predicted_side_px < parameters.high_px)
    free: Float64Array = overlap[:, counted]
    for row, detection in enumerate(detections):
        # Of faces that overlap equally the last one is taken.
        best = len(counted) - 1 - int(free[detection, ::-1].argmax()) if len(counted) else -1
        if best >= 0 and free[detection, best] >= 0:
            results[row], matched[row] = TRUE_POSITIVE, counted[best]
            free[:, best] = -1.0
        elif on_ignored[detection] or not own_size[detection]:
            results[row] = IGNORED
    return results, matched
