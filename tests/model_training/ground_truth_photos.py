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


def crowd(seed: int, photos: int = 40) -> tuple[list[GroundTruth], dict[str, list[Row]]]:
    """Return photos of many sizes full of faces, and predictions with every kind of error and with equal scores."""
    rng = np.random.default_rng(seed)
    made, rows = [], {}
    for i in range(photos):
        size = (int(rng.integers(200, 1200)), int(rng.integers(200, 1200)))
        unit = max(size) / 576
        faces: list[Row] = []
        predictions: list[Row] = []
        for _ in range(int(rng.integers(0, 12))):
            side = float(np.exp(rng.uniform(np.log(6), np.log(200)))) * unit
            x, y = rng.uniform(-5, size[0] - 5), rng.uniform(-5, size[1] - 5)
            label = LABELS[int(rng.choice(3, p=[0.5, 0.35, 0.15]))]
            faces.append([x, y, x + side, y + side * rng.uniform(0.8, 1.6), label])
            for _ in range(int(rng.integers(0, 4))):
                box = np.array(faces[-1][:4]) + rng.normal(0, 0.12, 4) * side
                predicted = label if rng.random() < 0.8 else LABELS[int(rng.integers(3))]
                predictions.append([*box.tolist(), round(float(rng.uniform()), 2), predicted, 0.9])
        for _ in range(int(rng.integers(0, 5))):
            x, y, side = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(3, 150) * unit
            row = [x, y, x + side, y + side, round(float(rng.uniform(0, 0.7)), 2), LABELS[int(rng.integers(3))], 0.6]
            predictions.append([float(v) if not isinstance(v, str) else v for v in row])
        made.append(photo(faces, f"{i}.jpg", size))
        rows[f"{i}.jpg"] = predictions
    return made, rows
