"""Which location answers for which face: fixed by geometry, so that loaders can prepare it without the network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_training.networks.face_detector import STRIDES
from webapp.vision.detections import FloatArray, IntArray

COLUMNS = 9
"""Columns of a target: state, x1, y1, x2, y2 in pixels, label, and the location itself: cx, cy, stride."""

IGNORED, EMPTY, FACE = -1.0, 0.0, 1.0

SIZE_RANGES_PX = ((0.0, 48.0), (32.0, 128.0), (96.0, 1e9))
"""Longer sides that each stride answers for; where they overlap, two levels do."""

CENTRE_RADIUS = 1.5
"""Locations so many strides around a face's centre answer for it (Tian et al. 2019, arXiv:1904.01355)."""


def locations(height: int, width: int) -> FloatArray:
    """Return centre and stride of every location, in the order of the network's output.

    Args:
        height: of the picture, pixels; 32 divides it.
        width: likewise.

    Returns:
        float32 (locations, 3): cx, cy, stride in pixels.
    """
    rows = []
    for stride in STRIDES:
        ys, xs = np.mgrid[0 : height // stride, 0 : width // stride]
        centres = (np.stack([xs.ravel(), ys.ravel()], axis=1) + 0.5) * stride
        rows.append(np.concatenate([centres, np.full((len(centres), 1), stride)], axis=1))
    return np.concatenate(rows).astype(np.float32)


def assign_targets(xyxy: FloatArray, label: IntArray, ignored: NDArray[np.bool_], points: FloatArray) -> FloatArray:
    """Say of every location whether it answers for a face, for which one, or stays out of the loss.

    Where several faces claim a location the smallest wins: a face in front of a larger one hides it.

    Args:
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`; -1 where nobody knows.
        ignored: bool (n,), faces too small or too doubtful to teach anything.
        points: float32 (locations, 3), see `locations`.

    Returns:
        float32 (locations, 9), see `COLUMNS`.
    """
    targets = np.zeros((len(points), COLUMNS), np.float32)
    targets[:, 6:] = points
    for i in np.argsort(-_areas(xyxy), kind="stable"):
        near = _inside(xyxy[i], points)
        if ignored[i]:
            targets[near & (targets[:, 0] == EMPTY), 0] = IGNORED
            continue
        mine = near & _close_to_centre(xyxy[i], points) & _right_size(xyxy[i], points)
        if not mine.any():
            mine = _nearest(xyxy[i], points)
        targets[mine, 0] = FACE
        targets[mine, 1:5] = xyxy[i]
        targets[mine, 5] = label[i]
    return targets


def _areas(xyxy: FloatArray) -> FloatArray:
    return (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])


def _inside(box: FloatArray, points: FloatArray) -> NDArray[np.bool_]:
    x, y = points[:, 0], points[:, 1]
    return (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])


def _close_to_centre(box: FloatArray, points: FloatArray) -> NDArray[np.bool_]:
    centre = (box[:2] + box[2:]) / 2
    return np.abs(points[:, :2] - centre).max(axis=1) < CENTRE_RADIUS * points[:, 2]


def _right_size(box: FloatArray, points: FloatArray) -> NDArray[np.bool_]:
    side = max(box[2] - box[0], box[3] - box[1])
    fits = np.zeros(len(points), bool)
    for stride, (low, high) in zip(STRIDES, SIZE_RANGES_PX, strict=True):
        if low <= side < high:
            fits |= points[:, 2] == stride
    return fits


def _nearest(box: FloatArray, points: FloatArray) -> NDArray[np.bool_]:
    # A face smaller than a stride may lie between the locations: the nearest one of its level takes it.
    distance = np.abs(points[:, :2] - (box[:2] + box[2:]) / 2).max(axis=1)
    distance = np.where(_right_size(box, points), distance, np.inf)
    nearest = np.zeros(len(points), bool)
    nearest[int(distance.argmin())] = True
    return nearest
