"""What share of close-ups the app gets right: one detection, in its place, with the right word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.arrays import Floats, Ints
from model_training.evaluation.bootstrap import with_intervals
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.detection_metrics import share
from model_training.evaluation.matching import merged, overlaps
from model_training.evaluation.predictions import Found
from model_training.evaluation.slices import PICTURE_AREA, wilson_interval
from webapp.vision.detections import LABELS

PHOTO, LIVE = "photo", "live"
WAYS = (PHOTO, LIVE)
"""How the app detects: in photos, and in live frames and videos."""

LEAST_RIGHT = 0.95
"""Of windows and of whole crops, by both ways; with less, the app misses the person right in front of it."""

ON_IGNORED, ON_IGNORED_IOU = 0.5, 0.3
"""A detection belongs to a region to ignore from this part of its area inside it, or from this overlap with it."""

NOTHING = {"value": float("nan"), "low": float("nan"), "high": float("nan")}
WITH_MASK = LABELS.index("with_mask")


@dataclass(frozen=True, eq=False)
class CloseUpResult:
    """What became of one close-up.

    Args:
        found: a detection overlaps the face enough.
        right: it is the only one, and says rightly whether there is a mask.
        extra: further detections, those on regions to ignore aside.
        wrong_label: the only detection is in its place, and says the wrong word.
        counted: bool (n,), which detections count.
    """

    found: bool
    right: bool
    extra: int
    wrong_label: bool
    counted: NDArray[np.bool_]


def match_close_up(close_up: CloseUp, detections: Found) -> CloseUpResult:
    """LabelValidator the app's answer to one close-up.

    Args:
        close_up: what it shows.
        detections: at the shipped threshold; xyxy in pixels of the close-up.
    """
    xyxy = np.clip(detections.xyxy, 0, np.tile(close_up.resolution_wh, 2))
    hits = overlaps(xyxy, close_up.face_xyxy[None])[:, 0] >= close_up.least_iou
    counted = hits | ~_on_ignored(xyxy, close_up.ignore_xyxy)
    found, number = bool(hits.any()), int(counted.sum())
    alone = found and number == 1
    same_word = bool((merged(detections.label[hits]) == merged(np.array([close_up.label]))).all())
    return CloseUpResult(found, alone and same_word, number - found, alone and not same_word, counted)


def close_up_figures(
    windows: Sequence[CloseUp], crops: Sequence[CloseUp], answers: Mapping[str, Found]
) -> dict[str, list[dict[str, Any]]]:
    """Return the figures of one way to detect.

    Args:
        windows: of photos; intervals are drawn by photo (bootstrap).
        crops: whole ones; intervals are Wilson's. Each is a picture of its own.
        answers: by name of the close-up, at the shipped threshold.

    Returns:
        `windows` and `crops`, rows each, the first about all of them: `name`, `pictures`, `right` and `found` (each
        with `value`, `low`, `high`; NaN where there is no such picture), `extra_boxes` (a picture).
    """
    return {"windows": _window_rows(windows, answers), "crops": _crop_rows(crops, answers)}


def failing_totals(ways: Mapping[str, Mapping[str, Any]], least_right: float = LEAST_RIGHT) -> list[str]:
    """Return which totals are too low, a few words each, like `windows, live way: 81.2 % right`.

    Args:
        ways: figures of each way, see `close_up_figures`. Without a picture of a kind there is no total of it.
        least_right: in [0, 1].
    """
    totals = [(kind, way, figures[kind][0]) for way, figures in ways.items() for kind in ("windows", "crops")]
    return [
        f"{kind}, {way} way: {row['right']['value'] * 100:.1f} % right"
        for kind, way, row in totals
        if row["pictures"] and row["right"]["value"] < least_right
    ]


def _on_ignored(xyxy: Floats, ignore_xyxy: Floats) -> NDArray[np.bool_]:
    if not len(ignore_xyxy):
        return np.zeros(len(xyxy), bool)
    shared = np.minimum(xyxy[:, None, 2:], ignore_xyxy[None, :, 2:]) - np.maximum(
        xyxy[:, None, :2], ignore_xyxy[None, :, :2]
    )
    own = (xyxy[:, 2:] - xyxy[:, :2]).clip(0).prod(axis=1)
    inside = shared.clip(0).prod(axis=-1) / np.maximum(own, 1e-9)[:, None]
    spared = (inside >= ON_IGNORED) | (overlaps(xyxy, ignore_xyxy) >= ON_IGNORED_IOU)
    return np.asarray(spared.any(axis=1))


def _window_rows(windows: Sequence[CloseUp], answers: Mapping[str, Found]) -> list[dict[str, Any]]:
    found, right, extra = _columns(windows, answers)
    kind = np.digitize([each.coverage for each in windows], PICTURE_AREA.edges) - 1
    groups = {"all": np.ones(len(windows), bool), "cut by an edge": np.array([each.cut for each in windows], bool)}
    groups |= {name: kind == i for i, name in enumerate(PICTURE_AREA.names) if (kind == i).any()}
    _, cluster = np.unique([each.cluster for each in windows], return_inverse=True)

    def figures(weights: Floats) -> dict[str, float]:
        return {
            f"{name}/{key}": _mean(values[chosen], weights[chosen])
            for name, chosen in groups.items()
            for key, values in (("right", right), ("found", found))
        }

    told = with_intervals(figures, cluster.astype(np.int64)) if len(windows) else {}
    return [
        _row(name, told.get(f"{name}/right", NOTHING), told.get(f"{name}/found", NOTHING), extra[chosen])
        for name, chosen in groups.items()
    ]


def _crop_rows(crops: Sequence[CloseUp], answers: Mapping[str, Found]) -> list[dict[str, Any]]:
    found, right, extra = _columns(crops, answers)
    masked = np.array([each.label == WITH_MASK for each in crops], bool)
    groups = {"all": np.ones(len(crops), bool), "with a mask": masked, "without": ~masked}
    return [
        _row(name, _wilson(right[chosen]), _wilson(found[chosen]), extra[chosen]) for name, chosen in groups.items()
    ]


def _columns(close_ups: Sequence[CloseUp], answers: Mapping[str, Found]) -> tuple[Floats, Floats, Ints]:
    judged = [match_close_up(each, answers[each.name]) for each in close_ups]
    found, right = (np.array([getattr(each, key) for each in judged], float) for key in ("found", "right"))
    return found, right, np.array([each.extra for each in judged], np.int64)


def _mean(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float(values @ weights) / total if total else float("nan")


def _wilson(values: Floats) -> dict[str, float]:
    if not len(values):
        return NOTHING
    low, high = wilson_interval(int(values.sum()), len(values))
    return {"value": float(values.mean()), "low": low, "high": high}


def _row(name: str, right: Mapping[str, float], found: Mapping[str, float], extra: Ints) -> dict[str, Any]:
    return {"name": name, "pictures": len(extra), "right": right, "found": found, "extra_boxes": share(extra)}
