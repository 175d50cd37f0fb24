"""Accuracy of the app on close-ups: exactly one detection, on the face, with the right label (mask or no mask)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.labels import WITH_MASK, merged
from model_training.evaluation.bootstrap import with_intervals
from model_training.evaluation.classification import weighted_mean
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.detection_metrics import mean_or_nan
from model_training.evaluation.matching import overlaps
from model_training.evaluation.predictions import Predictions
from model_training.evaluation.slices import PICTURE_AREA, wilson_interval
from webapp.vision.detections import Float64Array, IntArray

PHOTO, LIVE = "photo", "live"
WAYS = (PHOTO, LIVE)
"""How the app detects: in photos, and in live frames and videos."""

LEAST_RIGHT = 0.95
"""Of windows and of whole crops, by both ways; with less, the app misses the person right in front of it."""

ON_IGNORED, ON_IGNORED_IOU = 0.5, 0.3
"""A detection belongs to a region to ignore from this part of its area inside it, or from this overlap with it."""

NOTHING = {"value": float("nan"), "low": float("nan"), "high": float("nan")}


@dataclass(frozen=True, eq=False)
class CloseUpResult:
    """Result of one close-up.

    Args:
        found: a detection overlaps the face enough.
        right: it is the only one, and its label (mask or no mask) is right.
        extra: further detections, those on regions to ignore aside.
        wrong_label: the only detection is on the face, and its label is wrong.
        counted: bool (n,), which detections count.
    """

    found: bool
    right: bool
    extra: int
    wrong_label: bool
    counted: NDArray[np.bool_]


def match_close_up(close_up: CloseUp, detections: Predictions) -> CloseUpResult:
    """Match the app's detections on one close-up.

    Args:
        close_up: what it shows.
        detections: at the shipped threshold; xyxy in pixels of the close-up.
    """
    xyxy = np.clip(detections.xyxy, 0, np.tile(close_up.resolution_wh, 2))
    on_face = overlaps(xyxy, close_up.face_xyxy[None])[:, 0] >= close_up.least_iou
    counted = on_face | ~_on_ignored(xyxy, close_up.ignore_xyxy)
    found, number = bool(on_face.any()), int(counted.sum())
    alone = found and number == 1
    same_label = bool((merged(detections.label[on_face]) == merged(np.array([close_up.label]))).all())
    return CloseUpResult(found, alone and same_label, number - found, alone and not same_label, counted)


def close_up_accuracy(
    windows: Sequence[CloseUp], crops: Sequence[CloseUp], predictions: Mapping[str, Predictions]
) -> dict[str, list[dict[str, Any]]]:
    """Return the metrics of one way to detect.

    Args:
        windows: of photos; intervals are drawn by photo (bootstrap).
        crops: whole ones; intervals are Wilson's. Each is a picture of its own.
        predictions: by name of the close-up, at the shipped threshold.

    Returns:
        `windows` and `crops`, rows each, the first about all of them: `name`, `pictures`, `right` and `found` (each
        with `value`, `low`, `high`; NaN where there is no such picture), `extra_boxes` (a picture).
    """
    return {"windows": _window_rows(windows, predictions), "crops": _crop_rows(crops, predictions)}


def failing_totals(ways: Mapping[str, Mapping[str, Any]], least_right: float = LEAST_RIGHT) -> list[str]:
    """Return which totals are too low, a few words each, like `windows, live way: 81.2 % right`.

    Args:
        ways: metrics of each way, see `close_up_accuracy`. Without a picture of a kind there is no total of it.
        least_right: in [0, 1].
    """
    totals = [(kind, way, rows[kind][0]) for way, rows in ways.items() for kind in ("windows", "crops")]
    return [
        f"{kind}, {way} way: {row['right']['value'] * 100:.1f} % right"
        for kind, way, row in totals
        if row["pictures"] and row["right"]["value"] < least_right
    ]


def _on_ignored(xyxy: Float64Array, ignore_xyxy: Float64Array) -> NDArray[np.bool_]:
    if not len(ignore_xyxy):
        return np.zeros(len(xyxy), bool)
    shared = np.minimum(xyxy[:, None, 2:], ignore_xyxy[None, :, 2:]) - np.maximum(
        xyxy[:, None, :2], ignore_xyxy[None, :, :2]
    )
    own = (xyxy[:, 2:] - xyxy[:, :2]).clip(0).prod(axis=1)
    inside = shared.clip(0).prod(axis=-1) / np.maximum(own, 1e-9)[:, None]
    ignored = (inside >= ON_IGNORED) | (overlaps(xyxy, ignore_xyxy) >= ON_IGNORED_IOU)
    return np.asarray(ignored.any(axis=1))


def _window_rows(windows: Sequence[CloseUp], predictions: Mapping[str, Predictions]) -> list[dict[str, Any]]:
    found, right, extra = _columns(windows, predictions)
    kind = np.digitize([each.coverage for each in windows], PICTURE_AREA.edges) - 1
    groups = {"all": np.ones(len(windows), bool), "cut by an edge": np.array([each.cut for each in windows], bool)}
    groups |= {name: kind == i for i, name in enumerate(PICTURE_AREA.names) if (kind == i).any()}
    _, cluster = np.unique([each.cluster for each in windows], return_inverse=True)

    def metrics(weight: Float64Array) -> dict[str, Float64Array]:
        return {
            f"{name}/{key}": weighted_mean(values, weight * chosen)
            for name, chosen in groups.items()
            for key, values in (("right", right), ("found", found))
        }

    intervals = with_intervals(metrics, cluster.astype(np.int64)) if len(windows) else {}
    return [
        _row(name, intervals.get(f"{name}/right", NOTHING), intervals.get(f"{name}/found", NOTHING), extra[chosen])
        for name, chosen in groups.items()
    ]


def _crop_rows(crops: Sequence[CloseUp], predictions: Mapping[str, Predictions]) -> list[dict[str, Any]]:
    found, right, extra = _columns(crops, predictions)
    masked = np.array([each.label == WITH_MASK for each in crops], bool)
    groups = {"all": np.ones(len(crops), bool), "with a mask": masked, "without": ~masked}
    return [
        _row(name, _wilson(right[chosen]), _wilson(found[chosen]), extra[chosen]) for name, chosen in groups.items()
    ]


def _columns(
    close_ups: Sequence[CloseUp], predictions: Mapping[str, Predictions]
) -> tuple[Float64Array, Float64Array, IntArray]:
    results = [match_close_up(each, predictions[each.name]) for each in close_ups]
    found, right = (np.array([getattr(each, key) for each in results], float) for key in ("found", "right"))
    return found, right, np.array([each.extra for each in results], np.int64)


def _wilson(values: Float64Array) -> dict[str, float]:
    if not len(values):
        return NOTHING
    low, high = wilson_interval(int(values.sum()), len(values))
    return {"value": float(values.mean()), "low": low, "high": high}


def _row(name: str, right: Mapping[str, float], found: Mapping[str, float], extra: IntArray) -> dict[str, Any]:
    return {"name": name, "pictures": len(extra), "right": right, "found": found, "extra_boxes": mean_or_nan(extra)}
