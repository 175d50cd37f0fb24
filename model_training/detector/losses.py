"""The detector's loss, in operations that every Keras backend has."""

from __future__ import annotations

import keras
from keras import ops

from model_training.data.labels import INCORRECT
from model_training.detector.label_assignment import Assignment, assign_faces
from webapp.vision.detectors.anchor_free import STRIDES

LABEL_WEIGHT, BOX_WEIGHT = 0.5, 2.0
BADLY_WORN_WEIGHT = 3.0
"""A badly worn mask is one face in twenty-five; without a weight the label head hardly learns it."""


class FaceLoss:
    """Quality focal loss, GIoU loss and label cross-entropy of square scenes of any size, per face."""

    __name__ = "face_loss"

    def __call__(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return a float32 scalar.

        Args:
            y_true: float32 (n, faces, 8), see `targets.COLUMNS`.
            y_pred: float32 (n, locations, 8), see `webapp.vision.detectors.anchor_free.OUTPUTS`.
        """
        points = square_points(ops.shape(y_pred)[1])
        boxes = decode_boxes(y_pred[..., 1:5], points)
        score = ops.sigmoid(ops.stop_gradient(y_pred[..., 0]))
        assigned = Assignment(*map(ops.stop_gradient, assign_faces(score, ops.stop_gradient(boxes), y_true, points)))
        faces = ops.maximum(ops.sum(assigned.quality), 1.0)
        # A location that fits well counts more: it is the one that survives suppression.
        weight = assigned.is_face * ops.maximum(assigned.quality, 0.1)
        box = (1.0 - generalised_iou(boxes, assigned.gt_box)) * weight
        return (
            ops.sum(quality_focal(y_pred[..., 0], assigned.quality) * assigned.counts) / faces
            + BOX_WEIGHT * ops.sum(box) / ops.maximum(ops.sum(weight), 1.0)
            + LABEL_WEIGHT * label_loss(y_pred[..., 5:], assigned.label_probs, weight)
        )


def square_points(count: int | keras.KerasTensor) -> keras.KerasTensor:
    """Return centre and stride of every location of a square scene, float32 (count, 3), as `anchor_free.locations`.

    The loss computes them from the number of locations, so that the batches of one training may differ in size.

    Args:
        count: locations of the three levels together: 21/16 of those at stride 8.
    """
    finest = ops.sqrt(ops.cast(count, "float32") * 16.0 / 21.0)
    levels = []
    for level, stride in enumerate(STRIDES):
        side = ops.cast(ops.round(finest / 2**level), "int32")
        index = ops.arange(side * side)
        centres = (ops.cast(ops.stack([index % side, index // side], axis=1), "float32") + 0.5) * stride
        levels.append(ops.concatenate([centres, ops.full_like(centres[:, :1], stride)], axis=1))
    return ops.concatenate(levels, axis=0)


def decode_boxes(distances: keras.KerasTensor, points: keras.KerasTensor) -> keras.KerasTensor:
    """Return boxes in pixels, float32 (n, locations, 4), from distances in strides and the locations."""
    centre, stride = points[..., :2], points[..., 2:3]
    return ops.concatenate([centre - distances[..., :2] * stride, centre + distances[..., 2:] * stride], axis=-1)


def generalised_iou(a: keras.KerasTensor, b: keras.KerasTensor) -> keras.KerasTensor:
    """Return the generalised IoU (Rezatofighi et al. 2019, arXiv:1902.09630) of boxes pair by pair, in [-1, 1]."""
    inner = ops.maximum(ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2]), 0.0)
    outer = ops.maximum(ops.maximum(a[..., 2:], b[..., 2:]) - ops.minimum(a[..., :2], b[..., :2]), 0.0)
    intersection, hull = inner[..., 0] * inner[..., 1], outer[..., 0] * outer[..., 1]
    union = _area(a) + _area(b) - intersection
    return intersection / ops.maximum(union, 1e-6) - (hull - union) / ops.maximum(hull, 1e-6)


def quality_focal(logit: keras.KerasTensor, quality: keras.KerasTensor) -> keras.KerasTensor:
    """Return the quality focal loss of every location (Li et al. 2020, arXiv:2006.04388), beta 2."""
    probability = ops.sigmoid(logit)
    cross_entropy = ops.maximum(logit, 0.0) - logit * quality + ops.log1p(ops.exp(-ops.abs(logit)))
    return cross_entropy * ops.square(ops.abs(quality - probability))


def label_loss(
    logits: keras.KerasTensor, label_probs: keras.KerasTensor, weight: keras.KerasTensor
) -> keras.KerasTensor:
    """Return the weighted mean cross-entropy of label probabilities; a row of zeros (label unknown) costs nothing."""
    known = ops.sum(label_probs, axis=-1)
    weight = weight * known * (1.0 + (BADLY_WORN_WEIGHT - 1.0) * label_probs[..., INCORRECT])
    cross_entropy = -ops.sum(label_probs * ops.log_softmax(logits, axis=-1), axis=-1)
    return ops.sum(cross_entropy * weight) / ops.maximum(ops.sum(weight), 1.0)


def _area(box: keras.KerasTensor) -> keras.KerasTensor:
    return (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])
