"""Made-up photos with made-up predictions, for tests of what is measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_training.data.coco import GroundTruth
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
) -> GroundTruth:
    """Return a photo whose faces are `[x1, y1, x2, y2, label]`."""
    return GroundTruth(
        name,
        size,
        "made up",
        np.array([face[:4] for face in faces], float).reshape(-1, 4),
        np.array([LABELS.index(face[4]) for face in faces], np.int64),
        np.zeros(len(faces), bool) if ignore is None else np.array(ignore),
    )


def scenes(photos: Sequence[GroundTruth], rows: dict[str, list[Row]]) -> list[Scene]:
    """Return photos with predictions that are `[x1, y1, x2, y2, score, label, label_score]`."""
    return build_scenes(photos, parse_predictions(rows))


def write_coco(path: Path, photos: Sequence[GroundTruth]) -> Path:
    """Write photos as a COCO file."""
    data: dict[str, list[dict[str, Any]]] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": k + 1, "name": name} for k, name in enumerate(LABELS)],
    }
    for i, each in enumerate(photos):
        width, height = each.resolution_wh
        data["images"].append(
            {"id": i, "file_name": each.name, "width": width, "height": height, "source": each.source}
        )
        for xyxy, label, ignore in zip(each.xyxy.tolist(), each.label, each.ignore, strict=True):
            bbox = [xyxy[0], xyxy[1], xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]]
            face = {"image_id": i, "category_id": int(label) + 1, "bbox": bbox, "iscrowd": int(ignore)}
            data["annotations"].append(face | {"id": len(data["annotations"])})
    path.write_text(json.dumps(data))
    return path
