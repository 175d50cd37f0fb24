"""Made-up photos with made-up predictions, for tests of what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from model_training.data.annotations import Annotations, Photo
from model_training.evaluation.matching import Scene, build_scenes
from model_training.evaluation.predictions import parse_predictions
from webapp.vision.detections import LABELS

MASK, BARE, BAD = LABELS
Row = list[Any]


def photo(
    faces: Sequence[Row],
    name: str = "a.jpg",
    size: tuple[int, int] = (576, 576),
    ignore: Sequence[bool] | None = None,
) -> Photo:
    """Return a photo whose faces are `[x1, y1, x2, y2, label]`."""
    annotations = Annotations(
        np.array([face[:4] for face in faces], np.float32).reshape(-1, 4),
        np.array([LABELS.index(face[4]) for face in faces], np.int64),
        np.zeros(len(faces), bool) if ignore is None else np.array(ignore),
    )
    return Photo(name, size, annotations, "made up")


def scenes(photos: Sequence[Photo], rows: dict[str, list[Row]]) -> list[Scene]:
    """Return photos with predictions that are `[x1, y1, x2, y2, score, label, label_score]`."""
    return build_scenes(photos, parse_predictions(rows))
