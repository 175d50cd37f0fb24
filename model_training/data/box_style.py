"""How one set's boxes are drawn compared with the detections of a detector on the same faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model_training.data.annotations import Annotations
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections, FloatArray, IntArray

MATCHED_IOU = 0.4
"""Least overlap of a labelled face with the detection that is taken for the same face."""


LEAST_PAIRS = 50
"""Fewest matched faces for an estimate."""


def match_faces(annotations: Annotations, detections: Detections) -> IntArray:
    """Return for every region the index of the detection that overlaps it most, int64 (n,); -1 where none does enough.

    Args:
        annotations: n regions, of which those to ignore match nothing.
        detections: of the teacher.
    """
    matched = np.full(len(annotations), -1, np.int64)
    if len(annotations) and len(detections):
        overlap = box_iou(annotations.xyxy, detections.xyxy)
        best = overlap.argmax(axis=1)
        enough = overlap.max(axis=1) >= MATCHED_IOU
        # A detection belongs to the region that it overlaps most, so that no two faces share one.
        mine = overlap.argmax(axis=0)[best] == np.arange(len(annotations))
        chosen = enough & mine & ~annotations.ignore
        matched[chosen] = best[chosen]
    return matched


def box_style(labelled_xyxy: FloatArray, detected_xyxy: FloatArray) -> FloatArray:
    """Return how a set's boxes differ from the teacher's: the median way of each edge, in sides of the labelled box.

    Args:
        labelled_xyxy: float32 (n, 4), pixels.
        detected_xyxy: float32 (n, 4), the same faces by the teacher.

    Returns:
        float32 (4,), zeros where there are fewer than `LEAST_PAIRS` pairs.
    """
    if len(labelled_xyxy) < LEAST_PAIRS:
        return np.zeros(4, np.float32)
    sides = np.tile(labelled_xyxy[:, 2:] - labelled_xyxy[:, :2], 2)
    return np.median((detected_xyxy - labelled_xyxy) / sides, axis=0).astype(np.float32)


def pair_boxes(photos: Sequence[tuple[Annotations, Detections]]) -> tuple[FloatArray, FloatArray]:
    """Return the boxes of all matched faces: labelled and detected, float32 (n, 4) each.

    Args:
        photos: annotations and detections of each photo of one set.
    """
    nothing = np.zeros((0, 4), np.float32)
    labelled, detected = [nothing], [nothing]
    for faces, detections in photos:
        matched = match_faces(faces, detections)
        labelled.append(faces.xyxy[matched >= 0])
        detected.append(detections.xyxy[matched[matched >= 0]])
    return np.concatenate(labelled), np.concatenate(detected)
