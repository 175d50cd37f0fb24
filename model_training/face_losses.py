"""The detector's loss, in operations that every Keras backend has."""

from __future__ import annotations

import keras
from keras import ops

LABEL_WEIGHT, BOX_WEIGHT = 0.5, 2.0
BADLY_WORN_WEIGHT = 3.0
"""A badly worn mask is one face in twenty-five; without a weight the label head hardly learns it."""


def face_loss(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Return quality focal loss, GIoU loss and label cross-entropy, per face of the batch.

    Args:
        y_true: float32 (n, locations, 9), see `model_training.face_targets.COLUMNS`.
        y_pred: float32 (n, locations, 8), see `model_training.networks.face_detector.OUTPUTS`.

    Returns:
        float32 scalar.
    """
    state, truth, label, points = y_true[..., 0], y_true[..., 1:5], y_true[..., 5], y_true[..., 6:]
    is_face = ops.cast(state > 0.5, "float32")
    counts = ops.cast(state > -0.5, "float32")
    faces = ops.maximum(ops.sum(is_face), 1.0)
    boxes = decode_boxes(y_pred[..., 1:5], points)
    iou, giou = overlap(boxes, truth)
    quality = ops.stop_gradient(ops.clip(iou, 0.0, 1.0)) * is_face
    score = quality_focal(y_pred[..., 0], quality) * counts
    # A location that already fits well counts more: it is the one that survives suppression.
    weight = is_face * ops.maximum(quality, 0.1)
    box = (1.0 - giou) * weight
    return (
        ops.sum(score) / faces
        + BOX_WEIGHT * ops.sum(box) / ops.maximum(ops.sum(weight), 1.0)
        + LABEL_WEIGHT * label_loss(y_pred[..., 5:], label, is_face)
    )


def decode_boxes(distances: keras.KerasTensor, points: keras.KerasTensor) -> keras.KerasTensor:
    """Return boxes in pixels, float32 (n, locations, 4), from distances in strides and the locations."""
    centre, stride = points[..., :2], points[..., 2:3]
    return ops.concatenate([centre - distances[..., :2] * stride, centre + distances[..., 2:] * stride], axis=-1)


def overlap(a: keras.KerasTensor, b: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return IoU and generalised IoU (Rezatofighi et al. 2019, arXiv:1902.09630) of boxes pair by pair."""
    inner = ops.maximum(ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2]), 0.0)
    outer = ops.maximum(ops.maximum(a[..., 2:], b[..., 2:]) - ops.minimum(a[..., :2], b[..., :2]), 0.0)
    intersection, hull = inner[..., 0] * inner[..., 1], outer[..., 0] * outer[..., 1]
    union = _area(a) + _area(b) - intersection
    iou = intersection / ops.maximum(union, 1e-6)
    return iou, iou - (hull - union) / ops.maximum(hull, 1e-6)


def quality_focal(logit: keras.KerasTensor, quality: keras.KerasTensor) -> keras.KerasTensor:
    """Return the quality focal loss of every location (Li et al. 2020, arXiv:2006.04388), beta 2."""
    probability = ops.sigmoid(logit)
    cross_entropy = ops.maximum(logit, 0.0) - logit * quality + ops.log1p(ops.exp(-ops.abs(logit)))
    return cross_entropy * ops.square(ops.abs(quality - probability))


def label_loss(logits: keras.KerasTensor, label: keras.KerasTensor, is_face: keras.KerasTensor) -> keras.KerasTensor:
    """Return the weighted cross-entropy of labels over the locations of faces whose label is known."""
    known = is_face * ops.cast(label > -0.5, "float32")
    one_hot = ops.one_hot(ops.cast(ops.maximum(label, 0.0), "int32"), 3)
    weight = known * ops.where(label > 1.5, BADLY_WORN_WEIGHT, 1.0)
    cross_entropy = -ops.sum(one_hot * ops.log_softmax(logits, axis=-1), axis=-1)
    return ops.sum(cross_entropy * weight) / ops.maximum(ops.sum(weight), 1.0)


def _area(box: keras.KerasTensor) -> keras.KerasTensor:
    return (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])
