"""Average precision during training, averaged over IoU thresholds as COCO does, by label and by size of the face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model_training.data.annotations import LabelledFrame
from model_training.evaluation.detection_metrics import SIZES_PX, average_precision, mean_of_known
from model_training.evaluation.matching import MatchingParameters, build_scene
from model_training.evaluation.predictions import Predictions
from webapp.vision.detections import LABELS, Detections

IOU_THRESHOLDS = tuple(k / 100 for k in range(50, 100, 5))

SIZE_COLUMNS = {"12_32": "12-32", "32_96": "32-96", "96_up": ">96"}
"""Key of `SIZES_PX` by its part of a column's name."""


def coco_metrics(photos: Sequence[LabelledFrame], found: Sequence[Detections]) -> dict[str, float]:
    """Compare labelled detections with the ground truth; matching, sizes and AP are those of `evaluate detector`.

    Args:
        photos: the ground truth.
        found: one for each photo, labelled, with low scores too.

    Returns:
        `face_ap` (mean over IoU .5 to .95), `face_ap50`, `face_ap50_<size>`, `ap50_<label>`, `map50`; each in
        [0, 1], or -1 where there is no such face.
    """
    scenes = [
        build_scene(photo.annotations, photo.resolution_wh, _predictions(detections))
        for photo, detections in zip(photos, found, strict=True)
    ]
    faces = [average_precision(scenes, MatchingParameters(threshold)) for threshold in IOU_THRESHOLDS]
    labels = [average_precision(scenes, MatchingParameters(0.5, label=k)) for k in range(len(LABELS))]
    metrics = {"face_ap": mean_of_known(faces), "face_ap50": faces[0]}
    for column, size in SIZE_COLUMNS.items():
        metrics[f"face_ap50_{column}"] = average_precision(scenes, MatchingParameters(0.5, *SIZES_PX[size]))
    metrics |= {f"ap50_{name}": ap for name, ap in zip(LABELS, labels, strict=True)}
    metrics["map50"] = mean_of_known(labels)
    return {name: -1.0 if np.isnan(value) else value for name, value in metrics.items()}


def _predictions(detections: Detections) -> Predictions:
    if len(detections) and detections.label is None:
        raise ValueError("detections must be labelled")
    label = np.zeros(0, np.int64) if detections.label is None else detections.label.astype(np.int64)
    score = detections.detection_score.astype(np.float64)
    return Predictions(detections.xyxy.astype(np.float64), score, label, np.full(len(score), np.nan))
