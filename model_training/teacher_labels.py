"""What a teacher's detections add to people's labels: pure functions (Hinton et al. 2015, arXiv:1503.02531).

Labellers differ in how they draw a box, leave faces in the background out, and are certain of every label. A teacher
draws all boxes in one way and gives probabilities; half of each is what a student learns from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model_training.photos import one_hot
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections, FloatArray, IntArray

MATCHED_IOU = 0.4
"""Least overlap of a labelled face with the detection that is taken for the same face."""

UNLABELLED_IOU = 0.15
"""A detection that overlaps a labelled face or an ignored region by more than this says nothing new."""

LEAST_PAIRS = 50
"""Fewer matched faces do not tell how a labeller draws boxes."""


@dataclass(frozen=True, eq=False)
class Taught:
    """The faces of one photo after the teacher.

    Args:
        xyxy: float32 (n + m, 4), pixels: the n labelled regions in their order, then m new ones.
        label: int64 (n + m,), index into `LABELS`.
        ignore: bool (n + m,).
        label_probs: float32 (n + m, 3).
    """

    xyxy: FloatArray
    label: IntArray
    ignore: np.ndarray
    label_probs: FloatArray


def match_faces(xyxy: FloatArray, ignore: np.ndarray, detections: Detections) -> IntArray:
    """Return for every region the index of the detection that overlaps it most, int64 (n,); -1 where none does enough.

    Args:
        xyxy: float32 (n, 4), labelled regions, pixels.
        ignore: bool (n,), regions that match nothing.
        detections: of the teacher.
    """
    matched = np.full(len(xyxy), -1, np.int64)
    if len(xyxy) and len(detections):
        overlap = box_iou(xyxy, detections.xyxy)
        best = overlap.argmax(axis=1)
        enough = overlap.max(axis=1) >= MATCHED_IOU
        # A detection belongs to the region that it overlaps most, so that no two faces share one.
        mine = overlap.argmax(axis=0)[best] == np.arange(len(xyxy))
        matched[enough & mine & ~ignore] = best[enough & mine & ~ignore]
    return matched


def box_style(labelled_xyxy: FloatArray, detected_xyxy: FloatArray) -> FloatArray:
    """Return how a set's boxes differ from the teacher's: the median way of each edge, in sides of the labelled box.

    Args:
        labelled_xyxy: float32 (n, 4), pixels.
        detected_xyxy: float32 (n, 4), the same faces by the teacher.

    Returns:
        float32 (4,), zeros where there are too few pairs to tell.
    """
    if len(labelled_xyxy) < LEAST_PAIRS:
        return np.zeros(4, np.float32)
    sides = np.tile(labelled_xyxy[:, 2:] - labelled_xyxy[:, :2], 2)
    return np.median((detected_xyxy - labelled_xyxy) / sides, axis=0).astype(np.float32)


def teach(
    xyxy: FloatArray,
    label: IntArray,
    ignore: np.ndarray,
    detections: Detections,
    blend: float,
    ignore_from: float,
    label_from: float,
) -> Taught:
    """Blend labelled faces with their detections and add the faces that nobody labelled.

    Args:
        xyxy: float32 (n, 4), pixels, in one style with the detections, see `box_style`.
        label: int64 (n,), index into `LABELS`.
        ignore: bool (n,).
        detections: of the teacher, labelled, with `label_probs`.
        blend: weight of the teacher in boxes and label probabilities of faces that both know, 0 to 1.
        ignore_from: detection score from which an unlabelled detection is ignored in training.
        label_from: detection score from which it is a face.

    Returns:
        The faces, in the order that `Taught` gives.
    """
    assert detections.label is not None
    assert detections.label_probs is not None
    matched = match_faces(xyxy, ignore, detections)
    known = matched >= 0
    boxes, probs = xyxy.copy(), one_hot(label)
    boxes[known] += blend * (detections.xyxy[matched[known]] - xyxy[known])
    probs[known] += np.float32(blend) * (detections.label_probs[matched[known]] - probs[known])
    overlap = box_iou(detections.xyxy, xyxy).max(axis=1, initial=0)
    new = detections.select((overlap < UNLABELLED_IOU) & (detections.detection_score >= ignore_from))
    assert new.label is not None
    assert new.label_probs is not None
    return Taught(
        np.concatenate([boxes, new.xyxy]),
        np.concatenate([label, new.label]),
        np.concatenate([ignore, new.detection_score < label_from]),
        np.concatenate([probs, new.label_probs]),
    )


def pair_boxes(
    photos: Sequence[tuple[FloatArray, np.ndarray, Detections]],
) -> tuple[FloatArray, FloatArray]:
    """Return the boxes of all faces that both know: labelled and detected, float32 (n, 4) each.

    Args:
        photos: labelled boxes, which to ignore, and detections of each photo of one set.
    """
    nothing = np.zeros((0, 4), np.float32)
    labelled, detected = [nothing], [nothing]
    for xyxy, ignore, detections in photos:
        matched = match_faces(xyxy, ignore, detections)
        labelled.append(xyxy[matched >= 0])
        detected.append(detections.xyxy[matched[matched >= 0]])
    return np.concatenate(labelled), np.concatenate(detected)
