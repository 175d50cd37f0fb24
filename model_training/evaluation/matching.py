"""Match detections to ground truth, photo by photo, in the order of falling score.

The matching is that of COCO (Lin et al. 2014, arXiv:1405.0312), done by `pycocotools`, with sizes of our own: a face's
size is its shorter side with the photo's longer side at 576 px, faces under 12 px are ignored, and so are faces outside
the range of sizes of the matching parameters.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.cocoeval import COCOeval

from model_training.data.coco import GroundTruth
from model_training.data.face_samples import MIN_SIDE_PX
from model_training.data.labels import merged
from model_training.evaluation.predictions import Predictions
from webapp.vision.detections import Float64Array, IntArray

LONGER_SIDE_PX = 576
LEAST_IGNORED_IOU = 0.3
"""Least overlap of a detection with a region to ignore (COCO's `iscrowd`), whatever the IoU threshold is."""

TRUE_POSITIVE, FALSE_POSITIVE, IGNORED = 1, 0, -1

MOST_DETECTIONS = 1000
"""Detections of a photo that take part, those of the highest scores."""

CATEGORY = 1
"""The only category in `pycocotools`: labels are chosen before."""


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
    run = _SceneMatching(scenes, parameters)
    with contextlib.redirect_stdout(io.StringIO()):
        run.evaluate()
    matched = [(image["image_id"] - 1, image, _results(image)) for image in run.evalImgs if image is not None]
    return Matches(
        np.concatenate([np.zeros(0), *(image["dtScores"] for _, image, _ in matched)]),
        _whole([results for *_, results in matched]),
        _whole([np.full(len(image["dtIds"]), scene) for scene, image, _ in matched]),
        _whole([np.array(image["dtIds"]) - 1 for _, image, _ in matched]),
        _whole([np.where(results == TRUE_POSITIVE, image["dtMatches"][0] - 1, -1) for _, image, results in matched]),
        np.concatenate([np.zeros((0, 2), np.int64), *(_gt_faces(scene, image) for scene, image, _ in matched)]),
    )


class _SceneMatching(COCOeval):  # type: ignore[misc]
    """COCO's matching of scenes at one IoU threshold; ids of photos, faces and detections are their indices + 1.

    Args:
        scenes: see `build_scenes`.
        parameters: which faces and detections count, and the least overlap.
    """

    def __init__(self, scenes: Sequence[Scene], parameters: MatchingParameters) -> None:
        super().__init__(iouType="bbox")
        self.scenes, self.parameters = scenes, parameters
        self.params.imgIds, self.params.catIds = list(range(1, len(scenes) + 1)), [CATEGORY]
        self.params.iouThrs = np.array([parameters.iou_threshold])
        # COCO's ranges include both ends.
        self.params.areaRng = [[parameters.low_px**2, np.nextafter(parameters.high_px**2, 0)]]
        self.params.maxDets = [MOST_DETECTIONS]

    def _prepare(self) -> None:
        self._gts, self._dts = {}, {}
        for image_id, scene in zip(self.params.imgIds, self.scenes, strict=True):
            # A region to ignore may be a face of any label.
            faces = np.flatnonzero(_chosen(scene.gt_label, self.parameters) | scene.ignore)
            self._gts[image_id, CATEGORY] = [self._ground_truth(scene, int(face)) for face in faces]
            detections = np.flatnonzero(_chosen(scene.found.label, self.parameters))
            self._dts[image_id, CATEGORY] = [
                {"id": int(k) + 1, "score": scene.found.score[k], "area": _area(scene.predicted_side_px[k])}
                for k in detections
            ]

    def _ground_truth(self, scene: Scene, face: int) -> dict[str, Any]:
        side = scene.gt_side_px[face]
        inside = max(self.parameters.low_px, MIN_SIDE_PX) <= side < self.parameters.high_px
        ignored = bool(scene.ignore[face]) or not inside
        # `iscrowd`: any number of detections may lie on it.
        return {"id": face + 1, "area": _area(side), "ignore": ignored, "iscrowd": ignored}

    def computeIoU(self, imgId: int, catId: int) -> Float64Array:
        """Return the overlap of a photo's chosen detections and faces, float64 (d, g); 1 where a region ignores."""
        # COCO divides the intersection with a crowd by the detection's area; here a region has its own IoU threshold.
        scene = self.scenes[imgId - 1]
        on_region = scene.ignore & (scene.overlap >= LEAST_IGNORED_IOU)
        overlap: Float64Array = np.where(on_region, 1.0, scene.overlap)
        rows, columns = ([each["id"] - 1 for each in kind[imgId, catId]] for kind in (self._dts, self._gts))
        return overlap[np.ix_(rows[:MOST_DETECTIONS], columns)]


def _area(side_px: float) -> float:
    return max(float(side_px), 0.0) ** 2


def _results(image: Mapping[str, Any]) -> IntArray:
    """Return the result of every detection of an entry of `evalImgs`, int64 (n,)."""
    return np.where(image["dtIgnore"][0], IGNORED, np.where(image["dtMatches"][0] > 0, TRUE_POSITIVE, FALSE_POSITIVE))


def _gt_faces(scene: int, image: Mapping[str, Any]) -> IntArray:
    # Sorted, since those that are ignored come last in `evalImgs`.
    faces = [face - 1 for face, ignored in zip(image["gtIds"], image["gtIgnore"], strict=True) if not ignored]
    return np.array([[scene, face] for face in sorted(faces)], np.int64).reshape(-1, 2)


def _whole(parts: Sequence[NDArray[Any]]) -> IntArray:
    return np.concatenate([np.zeros(0), *parts]).astype(np.int64)


def _chosen(label: IntArray, parameters: MatchingParameters) -> NDArray[np.bool_]:
    if parameters.label is None:
        return np.ones(len(label), bool)
    return (merged(label) if parameters.two_classes else label) == parameters.label
