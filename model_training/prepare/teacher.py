"""Blend people's labels with the detections of a teacher (Hinton et al. 2015, arXiv:1503.02531): pure functions.

Labellers differ in how they draw a box, leave faces in the background out, and are certain of every label. A teacher
draws all boxes in one way and gives probabilities; half of each is what a student learns from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model_training.data.box_style import match_faces
from model_training.data.labels import one_hot
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections, FloatArray, IntArray

UNLABELLED_IOU = 0.15
"""A detection that overlaps a labelled face or an ignored region by more than this is not a new face."""


@dataclass(frozen=True, eq=False)
class BlendedLabels:
    """The faces of one photo with labels of people and teacher.

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


def blend_labels(
    xyxy: FloatArray,
    label: IntArray,
    ignore: np.ndarray,
    detections: Detections,
    blend: float,
    ignore_from: float,
    label_from: float,
) -> BlendedLabels:
    """Blend labelled faces with their detections and add detections that are not labelled.

    Args:
        xyxy: float32 (n, 4), pixels, in one style with the detections, see `box_style`.
        label: int64 (n,), index into `LABELS`.
        ignore: bool (n,).
        detections: of the teacher, labelled, with `label_probs`.
        blend: weight of the teacher in boxes and label probabilities of faces that both know, 0 to 1.
        ignore_from: detection score from which an unlabelled detection is ignored in training.
        label_from: detection score from which it is a face.

    Returns:
        The faces, in the order that `BlendedLabels` gives.
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
    return BlendedLabels(
        np.concatenate([boxes, new.xyxy]),
        np.concatenate([label, new.label]),
        np.concatenate([ignore, new.detection_score < label_from]),
        np.concatenate([probs, new.label_probs]),
    )
