"""Targets and label assignment: which locations learn which face, in operations that every Keras backend has.

A face is given to the locations inside it whose score and box already fit it best (task-aligned assignment,
Feng et al. 2021, arXiv:2108.07755), so that scores rank as overlaps do.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from webapp.vision.detections import FloatArray

COLUMNS = 8
"""Columns of a target: x1, y1, x2, y2 in pixels, three label probabilities (all 0 where unknown), state."""

LABEL_COLUMNS, STATE = slice(4, 7), 7

IGNORED, NOTHING, FACE = -1.0, 0.0, 1.0
"""States: a region that is left out of the loss, an empty row, a face."""

MOST_FACES = 48
"""Rows of a scene; a mosaic of crowds has more faces, its smallest are left out."""

TOP_K = 10
"""Most locations that are assigned to one face."""

SCORE_POWER, OVERLAP_POWER = 0.5, 6.0
LEAST_OVERLAP = 0.05
"""Overlaps below this count as this: in the first steps a face must find some location."""

LEAST_REACH_PX = 6.0
"""Half the side of the square within which locations may be assigned to a face smaller than that: a face of ten
pixels lies between the locations of stride 8."""


class Assignment(NamedTuple):
    """Targets of every location.

    Args:
        quality: float32 (n, locations), the score to learn; 0 where no face is.
        is_face: float32 (n, locations), 1 or 0.
        gt_box: float32 (n, locations, 4), the box to learn, pixels; of no meaning where `is_face` is 0.
        label_probs: float32 (n, locations, 3), likewise.
        counts: float32 (n, locations), 0 where the location stays out of the score's loss.
    """

    quality: keras.KerasTensor
    is_face: keras.KerasTensor
    gt_box: keras.KerasTensor
    label_probs: keras.KerasTensor
    counts: keras.KerasTensor


def assign_faces(
    score: keras.KerasTensor, boxes: keras.KerasTensor, faces: keras.KerasTensor, points: keras.KerasTensor
) -> Assignment:
    """Give every face to the locations that fit it best.

    Args:
        score: float32 (n, locations) in [0, 1].
        boxes: float32 (n, locations, 4), pixels, as the network predicts them now.
        faces: float32 (n, faces, 8), see `targets.COLUMNS`.
        points: float32 (locations, 3), see `webapp.vision.detectors.anchor_free.locations`.
    """
    state = faces[..., STATE:]
    inside = _inside(faces[..., :4], points)
    iou = _pairwise_iou(faces[..., :4], boxes)
    fit = ops.sqrt(score)[:, None, :] * ops.power(ops.maximum(iou, LEAST_OVERLAP), OVERLAP_POWER)
    fit = fit * inside * ops.cast(state > 0.5, "float32")
    least = ops.top_k(fit, TOP_K)[0][..., -1:]
    claims = ops.cast((fit >= least) & (fit > 0.0), "float32")
    # Where several faces claim a location, the one that its box overlaps most has it.
    rank = claims * (iou + 1e-6)
    winner = ops.argmax(rank, axis=1)
    assigned = claims * ops.one_hot(winner, faces.shape[1], axis=1)
    best_fit = ops.max(fit * assigned, axis=-1, keepdims=True)
    best_iou = ops.max(iou * assigned, axis=-1, keepdims=True)
    quality = ops.sum(assigned * fit / ops.maximum(best_fit, 1e-20) * best_iou, axis=1)
    is_face = ops.max(assigned, axis=1)
    unclear = ops.max(inside * ops.cast(state < -0.5, "float32"), axis=1)
    won = ops.take_along_axis(faces, winner[..., None], axis=1)
    return Assignment(quality, is_face, won[..., :4], won[..., LABEL_COLUMNS], ops.maximum(1.0 - unclear, is_face))


def _inside(gt_box: keras.KerasTensor, points: keras.KerasTensor) -> keras.KerasTensor:
    centre, half = (gt_box[..., :2] + gt_box[..., 2:]) / 2.0, (gt_box[..., 2:] - gt_box[..., :2]) / 2.0
    reach = ops.maximum(half, LEAST_REACH_PX)
    away = ops.abs(points[None, None, :, :2] - centre[:, :, None, :])
    return ops.cast(ops.all(away < reach[:, :, None, :], axis=-1), "float32")


def _pairwise_iou(a: keras.KerasTensor, b: keras.KerasTensor) -> keras.KerasTensor:
    a, b = a[:, :, None, :], b[:, None, :, :]
    width = ops.minimum(a[..., 2], b[..., 2]) - ops.maximum(a[..., 0], b[..., 0])
    height = ops.minimum(a[..., 3], b[..., 3]) - ops.maximum(a[..., 1], b[..., 1])
    intersection = ops.maximum(width, 0.0) * ops.maximum(height, 0.0)
    union = _area(a) + _area(b) - intersection
    return intersection / ops.maximum(union, 1e-6)


def _area(box: keras.KerasTensor) -> keras.KerasTensor:
    return (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])


def pack_faces(xyxy: FloatArray, label_probs: FloatArray, ignored: NDArray[np.bool_]) -> FloatArray:
    """Put a scene's faces into rows, faces to learn first and larger before smaller.

    Args:
        xyxy: float32 (n, 4), pixels.
        label_probs: float32 (n, 3); a row of zeros where the label is unknown.
        ignored: bool (n,), faces and regions that are left out of the loss.

    Returns:
        float32 (48, 8), see `COLUMNS`.
    """
    sides = xyxy[:, 2:] - xyxy[:, :2]
    order = np.lexsort((-sides.prod(axis=1), ignored))[:MOST_FACES]
    rows = np.zeros((MOST_FACES, COLUMNS), np.float32)
    rows[: len(order), :4] = xyxy[order]
    rows[: len(order), LABEL_COLUMNS] = label_probs[order]
    rows[: len(order), STATE] = np.where(ignored[order], IGNORED, FACE)
    return rows
