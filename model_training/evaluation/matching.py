"""Which answer belongs to which face: one photo after the other, the surest answer first.

The rules are those of PASCAL VOC (Everingham et al. 2010, doi:10.1007/s11263-009-0275-4) with sizes: every photo
counts as if its longer side had 576 px, faces under 12 px are neither wanted nor punished, and neither are faces
outside the range of sizes that is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_training.data.arrays import Floats, Ints
from model_training.data.coco import GroundTruth
from model_training.evaluation.predictions import Found
from webapp.vision.detections import LABELS

LONGER_SIDE_PX = 576
MIN_SIDE_PX = 12
LEAST_IGNORED_IOU = 0.3
"""Least overlap of a detection with a region to ignore (COCO's `iscrowd`), whatever overlap a hit needs."""

TRUE_POSITIVE, FALSE_POSITIVE, IGNORED = 1, 0, -1
INCORRECT, WITHOUT = LABELS.index("mask_worn_incorrectly"), LABELS.index("without_mask")


@dataclass(frozen=True, eq=False)
class Scene:
    """A photo with truth and answers at 576 px, answers in order of score.

    Args:
        gt_xyxy: float64 (t, 4), pixels; sides in `gt_side_px` float64 (t,).
        gt_label: int64 (t,).
        ignore: bool (t,).
        found: xyxy in pixels of 576, cut at the photo's edges; sides in `predicted_side_px` float64 (f,).
        overlap: float64 (f, t), intersection over union.
    """

    gt_xyxy: Floats
    gt_label: Ints
    ignore: NDArray[np.bool_]
    gt_side_px: Floats
    found: Found
    predicted_side_px: Floats
    overlap: Floats


@dataclass(frozen=True)
class MatchingParameters:
    """What counts as right.

    Args:
        iou_threshold: least overlap of a hit.
        low_px: least shorter side; at least 12 px for faces, whatever this says.
        high_px: a shorter side of this length is too long.
        label: index into `LABELS` of the only faces and answers that matter, None for all.
        two_classes: a badly worn mask counts as none, in truth and answer alike.
    """

    iou_threshold: float
    low_px: float = MIN_SIDE_PX
    high_px: float = np.inf
    label: int | None = None
    two_classes: bool = False


@dataclass(frozen=True, eq=False)
class Matches:
    """The verdict on every answer that a question asks about, photo after photo, and the faces that were wanted.

    Args:
        score: float64 (n,).
        verdict: int64 (n,), `TRUE_POSITIVE`, `FALSE_POSITIVE` or `IGNORED`.
        scene: int64 (n,), index of the photo.
        found: int64 (n,), index of the answer in its scene.
        face: int64 (n,), index of the face that was hit, else -1.
        wanted: int64 (w, 2), photo and face of everyone to be found.
    """

    score: Floats
    verdict: Ints
    scene: Ints
    found: Ints
    face: Ints
    wanted: Ints


def build_scenes(photos: Sequence[GroundTruth], answers: Mapping[str, Found]) -> list[Scene]:
    """Bring truth and answers to 576 px; a photo without an entry has no answers."""
    nothing = Found(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64), np.zeros(0))
    return [_scene(photo, answers.get(photo.name, nothing)) for photo in photos]


def _scene(photo: GroundTruth, found: Found) -> Scene:
    scale = LONGER_SIDE_PX / max(photo.resolution_wh)
    order = np.argsort(-found.score, kind="stable")
    xyxy = np.clip(found.xyxy[order], 0, np.tile(photo.resolution_wh, 2)) * scale
    sorted_found = Found(xyxy, found.score[order], found.label[order], found.label_score[order])
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


def shorter_side(xyxy: Floats) -> Floats:
    """Return the shorter side of every box, float64 (n,), pixels."""
    return (xyxy[:, 2:] - xyxy[:, :2]).min(axis=1, initial=np.inf)


def overlaps(a: Floats, b: Floats) -> Floats:
    """Return the intersection over union of every pair, float64 (n, m).

    `webapp.vision.boxes.box_iou` rounds to float32, which moves a box that lies exactly on a threshold across it.

    Args:
        a: float64 (n, 4), pixels.
        b: float64 (m, 4), pixels.
    """
    return paired_overlaps(a[:, None], b[None])


def paired_overlaps(a: Floats, b: Floats) -> Floats:
    """Return the intersection over union of boxes that belong together, float64 (…); one inside out overlaps nothing.

    Args:
        a: float64 (…, 4).
        b: float64 (…, 4), of the same shape, or of one that broadcasts.
    """
    shared = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = shared.clip(0).prod(axis=-1)
    area_a, area_b = ((boxes[..., 2:] - boxes[..., :2]).clip(0).prod(axis=-1) for boxes in (a, b))
    return intersection / np.maximum(area_a + area_b - intersection, 1e-9)


def judge(scenes: Sequence[Scene], question: MatchingParameters) -> Matches:
    """Answer a question about all photos."""
    score, verdict, face, found, scene_of, wanted = [], [], [], [], [], []
    for number, scene in enumerate(scenes):
        asked, faces = _asked(scene.found.label, question), _asked(scene.gt_label, question)
        inside = (scene.gt_side_px >= max(question.low_px, MIN_SIDE_PX)) & (scene.gt_side_px < question.high_px)
        to_find = np.flatnonzero(faces & inside & ~scene.ignore)
        # A ignore region may be a face of any label.
        spared = np.flatnonzero((faces & ~inside) | scene.ignore)
        matches, hits = _match_scene(scene, np.flatnonzero(asked), to_find, spared, question)
        score.append(scene.found.score[asked])
        verdict.append(matches)
        face.append(hits)
        found.append(np.flatnonzero(asked))
        scene_of.append(np.full(asked.sum(), number))
        wanted.append(np.column_stack([np.full(len(to_find), number), to_find]))
    whole = np.zeros(0, np.int64)
    return Matches(
        np.concatenate([np.zeros(0), *score]),
        np.concatenate([whole, *verdict]),
        np.concatenate([whole, *scene_of]),
        np.concatenate([whole, *found]),
        np.concatenate([whole, *face]),
        np.concatenate([np.zeros((0, 2), np.int64), *wanted]),
    )


def merged(label: Ints) -> Ints:
    """Return labels of two classes: a badly worn mask counts as none."""
    return np.where(label == INCORRECT, WITHOUT, label)


def _asked(label: Ints, question: MatchingParameters) -> NDArray[np.bool_]:
    if question.label is None:
        return np.ones(len(label), bool)
    return (merged(label) if question.two_classes else label) == question.label


def _match_scene(
    scene: Scene, asked: Ints, wanted: Ints, spared: Ints, question: MatchingParameters
) -> tuple[Ints, Ints]:
    matches, hits = np.full(len(asked), FALSE_POSITIVE), np.full(len(asked), -1)
    overlap: Floats = np.where(scene.overlap >= question.iou_threshold, scene.overlap, -1.0)
    # A region to ignore has been drawn with little care: less overlap is enough there.
    on_spared = (overlap[:, spared].max(axis=1, initial=-1.0) >= 0) | (
        scene.overlap[:, scene.ignore].max(axis=1, initial=-1.0) >= LEAST_IGNORED_IOU
    )
    own_size = (scene.predicted_side_px >= question.low_px) & (scene.predicted_side_px < question.high_px)
    free: Floats = overlap[:, wanted]
    for row, answer in enumerate(asked):
        # Of faces that overlap equally the last one is taken.
        best = len(wanted) - 1 - int(free[answer, ::-1].argmax()) if len(wanted) else -1
        if best >= 0 and free[answer, best] >= 0:
            matches[row], hits[row] = TRUE_POSITIVE, wanted[best]
            free[:, best] = -1.0
        elif on_spared[answer] or not own_size[answer]:
            matches[row] = IGNORED
    return matches, hits
