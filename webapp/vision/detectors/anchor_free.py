"""Decoding of an anchor-free detector: from the output of each location to boxes. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from webapp.vision.boxes import areas, box_iou, nms
from webapp.vision.detections import Detections, FloatArray

AnyFloat = TypeVar("AnyFloat", np.float32, np.float64)

STRIDES = (8, 16, 32)
"""Pixels between the locations of each level, finest first."""

OUTPUTS = 1 + 4 + 3
"""Columns of a location: score logit, distances left, top, right, bottom in strides, three label logits."""

IOU_THRESHOLD = 0.45
"""Of the non-maximum suppression within one view."""

VOTING_IOU = 0.5
"""Least overlap with a face's best candidate of those whose boxes are averaged with it."""

MERGING_IOU = 0.4
"""Least overlap at which faces of different views are merged: two views differ more than two candidates."""

BEST_SIDE_PX, OCTAVES, LEAST_WEIGHT = 48.0, 1.3, 0.02
"""A view counts most for faces of this side in its own pixels, and less by a bell curve this many octaves wide."""

MOST_CANDIDATES = 1000
"""Locations that reach suppression; 300 faces have no more."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidate faces, before suppression.

    Args:
        xyxy: float32 (n, 4), pixels.
        score: float32 (n,), in [0, 1].
        label_probs: float32 (n, 3), each row sums to one.
    """

    xyxy: FloatArray
    score: FloatArray
    label_probs: FloatArray


def locations(height: int, width: int) -> FloatArray:
    """Return centre and stride of every location, in the order of the network's output.

    Args:
        height: of the picture, pixels; 32 divides it.
        width: likewise.

    Returns:
        float32 (locations, 3): cx, cy, stride in pixels; level by level from the finest, row by row.
    """
    rows = []
    for stride in STRIDES:
        ys, xs = np.mgrid[0 : height // stride, 0 : width // stride]
        centres = (np.stack([xs.ravel(), ys.ravel()], axis=1) + 0.5) * stride
        rows.append(np.concatenate([centres, np.full((len(centres), 1), stride)], axis=1))
    return np.concatenate(rows).astype(np.float32)


def decode(
    outputs: FloatArray, points: FloatArray, score_threshold: float, label_temperature: float = 1.0
) -> Candidates:
    """Turn the network's output for one picture into candidates, in pixels of that picture.

    Args:
        outputs: float32 (locations, 8), see `OUTPUTS`.
        points: float32 (locations, 3), see `locations`.
        score_threshold: in [0, 1]; locations below it are dropped.
        label_temperature: by which label logits are divided (Guo et al. 2017, arXiv:1706.04599).
    """
    logit = outputs[:, 0]
    # The threshold is compared as a logit: the sigmoid of thousands of empty locations need not be computed.
    chosen = np.flatnonzero(logit >= logit_of(score_threshold))
    if len(chosen) > MOST_CANDIDATES:
        chosen = chosen[np.argpartition(-logit[chosen], MOST_CANDIDATES)[:MOST_CANDIDATES]]
    found, where = outputs[chosen], points[chosen]
    reach = found[:, 1:5] * where[:, 2:]
    xyxy = np.concatenate([where[:, :2] - reach[:, :2], where[:, :2] + reach[:, 2:]], axis=1)
    return Candidates(xyxy, sigmoid(logit[chosen]), softmax(found[:, 5:] / label_temperature))


def suppress(candidates: Candidates) -> Detections:
    """Keep one candidate per face, labelled, best first; see `vote`."""
    kept = vote(candidates)
    return _label(kept.xyxy, kept.score, kept.label_probs)


def vote(candidates: Candidates) -> Candidates:
    """Keep one candidate per face, best first: the best score, with the mean box and label of those that overlap it.

    Box voting (Gidaris & Komodakis 2015, arXiv:1505.01749): the errors of neighbouring locations
    have different directions. Each counts by its score and its overlap with the best one.
    """
    xyxy, score = candidates.xyxy, candidates.score
    kept = nms(xyxy, score, IOU_THRESHOLD)
    if not len(kept):
        return Candidates(xyxy[kept], score[kept], candidates.label_probs[kept])
    overlap = box_iou(xyxy[kept], xyxy)
    part = _normalised(np.where(overlap >= VOTING_IOU, overlap, 0) * score)
    return Candidates(part @ xyxy, score[kept], part @ candidates.label_probs)


def merge(views: Sequence[Candidates], scales: Sequence[float]) -> Detections:
    """Make one set of detections of several views of a picture (other sizes, mirrored, other networks), best first.

    Faces of different views that overlap become one (after Solovyev et al.
    2019, arXiv:1910.13302). Its box is the mean of those that agree well, its score the mean of all views' scores
    (0 where a view has not detected it), and each view is weighted by its accuracy for faces of that size.

    Args:
        views: in pixels of the same picture, down to low scores, each suppressed by `vote`.
        scales: size of each view by the size of the picture.
    """
    xyxy, score, probs = (
        np.concatenate([getattr(view, name) for view in views]) for name in ("xyxy", "score", "label_probs")
    )
    if not len(score):
        return Detections.empty()
    view_of = np.repeat(np.arange(len(views)), [len(view.score) for view in views])
    weight_of_view = _view_weight(np.sqrt(areas(xyxy))[:, None] * np.array(scales, np.float32))
    weight = score * weight_of_view[np.arange(len(score)), view_of]
    heads = nms(xyxy, weight, MERGING_IOU)
    # Each box belongs to the head that it overlaps most.
    overlap = box_iou(xyxy[heads], xyxy)
    mine = (overlap.argmax(axis=0)[None] == np.arange(len(heads))[:, None]) & (overlap >= MERGING_IOU)
    seen = np.stack([(mine * score * (view_of == i)).max(axis=1) for i in range(len(views))], axis=1)
    per_head = weight_of_view[heads]
    fused = np.minimum((per_head * seen).sum(axis=1) / per_head.sum(axis=1), 1).astype(np.float32)
    part = _normalised(mine * (overlap >= VOTING_IOU) * weight)
    order = np.argsort(-fused, kind="stable")
    return _label((part @ xyxy)[order], fused[order], (part @ probs)[order])


def _normalised(weight: FloatArray) -> FloatArray:
    # Every row has a weight: a head agrees with itself.
    return (weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)


def sigmoid(logit: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x)) of every element, without overflow."""
    return (0.5 * (1 + np.tanh(0.5 * logit))).astype(np.float32)


def logit_of(probability: float) -> float:
    """Return the logit of a probability; infinite at 0 and 1."""
    if not 0 < probability < 1:
        return -np.inf if probability <= 0 else np.inf
    return float(np.log(probability / (1 - probability)))


def logits_of(probabilities: NDArray[AnyFloat]) -> NDArray[AnyFloat]:
    """Return the logit of every probability, limited to ±13.8 (probabilities within a millionth of 0 or 1)."""
    inside = np.clip(probabilities, 1e-6, 1 - 1e-6)
    logits: NDArray[AnyFloat] = np.log(inside / (1 - inside))
    return logits


def softmax(logits: FloatArray) -> FloatArray:
    """Return the softmax over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def _view_weight(side_px: FloatArray) -> FloatArray:
    octaves = np.log2(np.maximum(side_px, 1) / BEST_SIDE_PX) / OCTAVES
    return (np.exp(-(octaves**2) / 2) + LEAST_WEIGHT).astype(np.float32)


def _label(xyxy: FloatArray, score: FloatArray, probs: FloatArray) -> Detections:
    label, label_score = probs.argmax(axis=1).astype(np.int64), np.minimum(probs.max(axis=1, initial=0), 1)
    return Detections(xyxy, score, label, label_score, label_probs=probs)
