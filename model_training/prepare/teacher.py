"""Blend people's labels with the detections of a teacher (Hinton et al. 2015, arXiv:1503.02531): pure functions.

Labellers differ in how they draw a box, leave faces in the background out, and are certain of every label. A teacher
draws all boxes in one way and gives probabilities; half of each is what a student learns from.
"""

from __future__ import annotations

import numpy as np

from model_training.data.annotations import Annotations
from model_training.data.box_style import match_faces
from model_training.data.labels import one_hot
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections

UNLABELLED_IOU = 0.15
"""A detection that overlaps a labelled face or an ignored region by more than this is not a new face."""


def blend_labels(
    annotations: Annotations, detections: Detections, blend: float, ignore_from: float, label_from: float
) -> Annotations:
    """Blend labelled faces with their detections and add detections that are not labelled.

    Args:
        annotations: by people, in one style with the detections, see `box_style`.
        detections: of the teacher, labelled, with `label_probs`.
        blend: weight of the teacher in boxes and label probabilities of faces that both know, 0 to 1.
        ignore_from: detection score from which an unlabelled detection is ignored in training.
        label_from: detection score from which it is a face.

    Returns:
        The labelled regions in their order, then the new ones, with `label_probs`.
    """
    assert detections.label is not None
    assert detections.label_probs is not None
    matched = match_faces(annotations, detections)
    known = matched >= 0
    boxes, probs = annotations.xyxy.copy(), one_hot(annotations.label)
    boxes[known] += blend * (detections.xyxy[matched[known]] - boxes[known])
    probs[known] += np.float32(blend) * (detections.label_probs[matched[known]] - probs[known])
    overlap = box_iou(detections.xyxy, annotations.xyxy).max(axis=1, initial=0)
    new = detections.select((overlap < UNLABELLED_IOU) & (detections.detection_score >= ignore_from))
    assert new.label is not None
    assert new.label_probs is not None
    return Annotations(
        np.concatenate([boxes, new.xyxy]),
        np.concatenate([annotations.label, new.label]),
        np.concatenate([annotations.ignore, new.detection_score < label_from]),
        np.concatenate([probs, new.label_probs]),
    )
