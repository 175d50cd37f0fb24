"""Metrics of a localizer on faces near the camera, which photos of groups do not show."""

from __future__ import annotations

from typing import Any

import numpy as np

from model_training.evaluation.bootstrap import missing_intervals, with_intervals
from model_training.evaluation.classification import weighted_mean
from model_training.localizer.metrics import Located
from model_training.localizer.samples import CLOSE_WINDOW, CROP
from webapp.vision.detections import Float64Array


def close_up_metrics(located: Located, resamples: int) -> dict[str, Any]:
    """Return the metrics of close windows, of ready crops and of pictures without a face, as `localizer_metrics` does.

    Args:
        located: with at least one close window; crops and samples without a face as there are.
        resamples: draws of the bootstrap, photo by photo.

    Returns:
        `windows`, `crops`, `without_face` (how many there are), `clusters`, `missing_intervals`; of the windows
        `mean_iou`, `iou_over_0.5`, `iou_over_0.75`, `found`, `located` (found and overlapping by more than .5);
        `face_or_none` (windows found, and none found where there is none); of the crops `crops_found`, and
        `face_or_none_crops` (the same with crops in place of windows), where there are crops.
    """
    windows, crops = located.kind == CLOSE_WINDOW, located.kind == CROP
    empty, found, iou = ~located.present, located.found, located.iou

    def metrics(weight: Float64Array) -> dict[str, Float64Array]:
        near = weight * windows
        known = {
            "mean_iou": weighted_mean(iou, near),
            "iou_over_0.5": weighted_mean(iou > 0.5, near),
            "iou_over_0.75": weighted_mean(iou > 0.75, near),
            "found": weighted_mean(found, near),
            "located": weighted_mean(found & (iou > 0.5), near),
            "face_or_none": weighted_mean(found == located.present, weight * (windows | empty)),
        }
        if crops.any():
            known["crops_found"] = weighted_mean(found, weight * crops)
            known["face_or_none_crops"] = weighted_mean(found == located.present, weight * (crops | empty))
        return known

    clusters, cluster = np.unique(located.clusters, return_inverse=True)
    return {
        "windows": int(windows.sum()),
        "crops": int(crops.sum()),
        "without_face": int(empty.sum()),
        "clusters": len(clusters),
        "missing_intervals": missing_intervals(len(clusters)),
        **with_intervals(metrics, cluster.astype(np.int64), resamples),
    }
