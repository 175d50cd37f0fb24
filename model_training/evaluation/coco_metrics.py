"""Average precision after COCO (Lin et al. 2014, arXiv:1405.0312), by class and by size of the face."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from model_training.data.labelled_photos import LabelledPhoto
from webapp.vision.detections import LABELS, Detections

SIZES_PX = {"12_32": (12, 32), "32_96": (32, 96), "96_up": (96, 1e5)}
"""Ranges of a face's size, the square root of its area in pixels of the photo."""


def coco_metrics(photos: Sequence[LabelledPhoto], found: Sequence[Detections]) -> dict[str, float]:
    """Compare labelled detections with the ground truth.

    Args:
        photos: the ground truth; faces under 12 px are ignored too.
        found: one for each photo, labelled, with low scores too.

    Returns:
        `face_ap` (mean over IoU .5 to .95), `face_ap50`, `face_ap50_<size>`, `ap50_<label>`, `map50`; each in
        [0, 1], or -1 where there is no such face.
    """
    gt = _ground_truth(photos)
    if not any(len(detections.xyxy) for detections in found):
        return dict.fromkeys(_names(), 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        detections = gt.loadRes(_rows(found))
        faces = _precision(gt, detections, by_label=False)
        labels = _precision(gt, detections, by_label=True)
    metrics = {"face_ap": _mean(faces[:, :, 0, 0]), "face_ap50": _mean(faces[0, :, 0, 0])}
    metrics |= {f"face_ap50_{name}": _mean(faces[0, :, 0, 1 + i]) for i, name in enumerate(SIZES_PX)}
    metrics |= {f"ap50_{name}": _mean(labels[0, :, k, 0]) for k, name in enumerate(LABELS)}
    known = [metrics[f"ap50_{name}"] for name in LABELS if metrics[f"ap50_{name}"] >= 0]
    return metrics | {"map50": float(np.mean(known)) if known else -1.0}


def _names() -> list[str]:
    sizes, labels = [f"face_ap50_{name}" for name in SIZES_PX], [f"ap50_{name}" for name in LABELS]
    return ["face_ap", "face_ap50", *sizes, *labels, "map50"]


def _ground_truth(photos: Sequence[LabelledPhoto]) -> COCO:
    gt = COCO()
    gt.dataset = {
        "images": [{"id": i + 1} for i in range(len(photos))],
        "categories": [{"id": k + 1, "name": name} for k, name in enumerate(LABELS)],
        "annotations": [],
    }
    for i, photo in enumerate(photos):
        sides = photo.xyxy[:, 2:] - photo.xyxy[:, :2]
        for k in range(len(sides)):
            ignored = bool(photo.ignore[k]) or sides[k].min() < SIZES_PX["12_32"][0]
            gt.dataset["annotations"].append(
                {
                    "id": len(gt.dataset["annotations"]) + 1,
                    "image_id": i + 1,
                    "category_id": int(max(photo.label[k], 0)) + 1,
                    "bbox": [*map(float, photo.xyxy[k, :2]), *map(float, sides[k])],
                    "area": float(sides[k].prod()),
                    "iscrowd": int(ignored),
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        gt.createIndex()
    return gt


def _rows(found: Sequence[Detections]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for i, detections in enumerate(found):
        if detections.label is None:
            raise ValueError("detections must be labelled")
        sides = detections.xyxy[:, 2:] - detections.xyxy[:, :2]
        for k in range(len(sides)):
            box = [*map(float, detections.xyxy[k, :2]), *map(float, sides[k])]
            label, score = int(detections.label[k]) + 1, float(detections.detection_score[k])
            rows.append({"image_id": i + 1, "category_id": label, "bbox": box, "score": score})
    return rows


def _precision(gt: COCO, detections: COCO, by_label: bool) -> np.ndarray:
    # (IoU thresholds, recalls, labels, sizes); the first size is all of them.
    run = COCOeval(gt, detections, "bbox")
    run.params.useCats = int(by_label)
    run.params.areaRng = [[0, 1e10], *([low**2, high**2] for low, high in SIZES_PX.values())]
    run.params.areaRngLbl = ["all", *SIZES_PX]
    run.params.maxDets = [300]
    run.evaluate()
    run.accumulate()
    return np.asarray(run.eval["precision"])[..., 0]


def _mean(precision: np.ndarray) -> float:
    return float(precision.mean()) if (precision > -1).any() else -1.0
