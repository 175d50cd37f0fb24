"""The close-up gate of exports and of `make eval-close`: is the face near the camera detected and labelled rightly?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_training.data.coco import read_coco
from model_training.data.progress import progress
from model_training.evaluation.close_ups.app_accuracy import LEAST_RIGHT, LIVE, PHOTO, close_up_accuracy, failing_totals
from model_training.evaluation.close_ups.close_up_windows import WINDOWS, CloseUp, draw_windows
from model_training.evaluation.close_ups.whole_crops import whole_crops
from model_training.evaluation.predictions import Predictions
from webapp.vision.detections import Detections
from webapp.vision.frames import Frame


@dataclass(frozen=True, eq=False)
class CloseUps:
    """What is measured on.

    Args:
        windows: of labelled photos.
        crops: whole ones.
        left_out: how many further crops are near-duplicates of crops that training saw.
    """

    windows: list[CloseUp]
    crops: list[CloseUp]
    left_out: int

    def __iter__(self) -> Iterator[CloseUp]:
        return iter([*self.windows, *self.crops])

    def __len__(self) -> int:
        return len(self.windows) + len(self.crops)


def gather_close_ups(
    coco: Path,
    images: Path,
    split: str,
    crops: Path | None,
    crops_seen: Sequence[Path] = (),
    seed: int = 1,
    number: int = WINDOWS,
) -> CloseUps:
    """Draw windows and list whole crops.

    Args:
        coco: COCO JSON of the photos.
        images: folder of the photos.
        split: whose photos count, where the file has several.
        crops: class folders of whole crops, see `whole_crops`; None for none.
        crops_seen: folders of crops that training saw.
        seed: of the windows.
        number: how many windows to draw.

    Raises:
        ValueError: a file is missing or cannot be read, or no face is large enough; the message gives the reason.
    """
    windows = draw_windows(read_coco(coco, split, images), seed, number)
    if not windows:
        raise ValueError(f"No face of {coco} is large enough, and far enough from others, for a window of its own.")
    listed, left_out = ([], 0) if crops is None else whole_crops(crops, crops_seen)
    return CloseUps(windows, listed, left_out)


def close_up_metrics(
    close_ups: CloseUps, predictions: Mapping[str, Mapping[str, Predictions]], least_right: float = LEAST_RIGHT
) -> dict[str, Any]:
    """Return the close-up part of `metrics.json`.

    Args:
        close_ups: what was measured on.
        predictions: by way to detect and name of the close-up, at the shipped threshold.
        least_right: in [0, 1].

    Returns:
        `left_out`, `least_right`, `ways` (see `close_up_accuracy`) and `failing` (see `failing_totals`).
    """
    ways = {way: close_up_accuracy(close_ups.windows, close_ups.crops, found) for way, found in predictions.items()}
    failing = failing_totals(ways, least_right)
    return {"left_out": close_ups.left_out, "least_right": least_right, "ways": ways, "failing": failing}


def close_up_gate(
    photo_way: Callable[[Frame], Detections],
    live_way: Callable[[Frame], Detections],
    close_ups: CloseUps,
    least_right: float = LEAST_RIGHT,
) -> tuple[dict[str, Any], list[str]]:
    """Run both ways to detect on close-ups, for an export that may be refused.

    Args:
        photo_way: detects as in photos, labelled, at the threshold that ships.
        live_way: the same as in live frames.
        close_ups: see `gather_close_ups`.
        least_right: in [0, 1].

    Returns:
        The metrics, see `close_up_metrics`, and the totals below `least_right`; an empty list opens the gate.
    """
    predictions: dict[str, dict[str, Predictions]] = {PHOTO: {}, LIVE: {}}
    for each in progress(close_ups, "close-up", len(close_ups)):
        frame = each.read()
        predictions[PHOTO][each.name] = as_predictions(photo_way(frame))
        predictions[LIVE][each.name] = as_predictions(live_way(frame))
    metrics = close_up_metrics(close_ups, predictions, least_right)
    return metrics, metrics["failing"]


def as_predictions(detections: Detections) -> Predictions:
    """Return labelled detections as `Predictions`.

    Raises:
        ValueError: they have no labels.
    """
    if detections.label is None or detections.label_score is None:
        raise ValueError("detections have no labels")
    return Predictions(
        detections.xyxy.astype(np.float64),
        detections.detection_score.astype(np.float64),
        detections.label,
        detections.label_score.astype(np.float64),
    )
