"""Matching of the faces of a frame to tracks, by geometry alone: the appearance of a face is not used."""

from __future__ import annotations

import numpy as np

from webapp.vision.boxes import areas, box_iou
from webapp.vision.detections import Float64Array, FloatArray, IntArray

IOU_MIN = 0.25
"""Least overlap of a face and its track, where they match by overlap."""

REACH_PER_S = 8.0
"""Largest speed of the centre of a face, box sizes per second: a person who runs past close to the camera."""

REACH_MAX = 1.2
"""Largest distance of a face from its track, box sizes."""

SIZE_RATIO_MAX = 1.6
"""Largest ratio of sides of two boxes that match without overlap."""


def match_faces(tracks_xyxy: FloatArray, faces_xyxy: FloatArray, unseen_s: Float64Array) -> IntArray:
    """Give each face at most one track and each track at most one face, the best pairs first (greedy).

    Overlap comes first. A face that no track overlaps may still be one that moves fast: the nearest one of like
    size within reach, which grows with the time since the last detection of the track.

    Args:
        tracks_xyxy: float32 (m, 4), pixels, where the tracks are expected.
        faces_xyxy: float32 (n, 4), pixels.
        unseen_s: float64 (m,), time since the last detection of each track.

    Returns:
        int64 (n,), index of each face's track, -1 for a face without one.
    """
    track_of = np.full(len(faces_xyxy), -1, np.int64)
    if not len(tracks_xyxy) or not len(faces_xyxy):
        return track_of
    overlap = box_iou(faces_xyxy, tracks_xyxy)
    pairs = overlap >= IOU_MIN
    if (pairs.sum(axis=1) == 1).all() and (pairs.sum(axis=0) <= 1).all():
        # The usual case: one track overlaps each face, and no track two.
        return pairs.argmax(axis=1)
    affinity = _affinity(overlap, tracks_xyxy, faces_xyxy, unseen_s)
    faces, tracks = np.nonzero(affinity > 0)
    taken = np.zeros(len(tracks_xyxy), bool)
    for i in np.argsort(-affinity[faces, tracks], kind="stable"):
        face, track = faces[i], tracks[i]
        if track_of[face] < 0 and not taken[track]:
            track_of[face], taken[track] = track, True
    return track_of


def _affinity(
    overlap: FloatArray, tracks_xyxy: FloatArray, faces_xyxy: FloatArray, unseen_s: Float64Array
) -> Float64Array:
    """Return (n, m): 1 to 2 for pairs that overlap, 0 to 1 for pairs within reach, 0 for all others."""
    face_size = np.sqrt(areas(faces_xyxy))[:, None] + 1e-6
    track_size = np.sqrt(areas(tracks_xyxy))[None, :] + 1e-6
    between = _centres(faces_xyxy)[:, None] - _centres(tracks_xyxy)[None]
    distance = np.hypot(between[..., 0], between[..., 1]) / np.sqrt(face_size * track_size)
    reach = np.minimum(REACH_PER_S * unseen_s, REACH_MAX)[None, :]
    similar = np.maximum(face_size / track_size, track_size / face_size) <= SIZE_RATIO_MAX
    near = np.where(similar & (distance < reach), 1 - distance / np.maximum(reach, 1e-9), 0.0)
    return np.where(overlap >= IOU_MIN, 1.0 + overlap, near)


def _centres(xyxy: FloatArray) -> FloatArray:
    return ((xyxy[:, :2] + xyxy[:, 2:]) / 2).astype(np.float32)
