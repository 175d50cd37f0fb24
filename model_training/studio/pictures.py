"""What the page shows of a finished run: the test pictures with their predictions, and the table that sorts them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model_training.data.annotations import Annotations
from model_training.data.coco import read_coco
from model_training.data.image_files import read_bgr, write_jpeg
from model_training.training.sample_sheet import outline
from webapp.vision.annotate import annotate
from webapp.vision.detections import LABELS, Detections
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.frames import Frame
from webapp.vision.model_files import load_model
from webapp.vision.styles import STYLES

SIDE_PX = 480
RIGHT_IOU = 0.5

FOUND, ELSEWHERE, MISSED = "found", "found elsewhere", "not found"
FACE, NO_FACE = "a face", "no face"


def classifier_table(folder: Path, out: Path) -> dict[str, Any]:
    """Write the test pictures with their predicted labels, and return the confusion matrix with their numbers.

    Args:
        folder: of the collection, evaluated.
        out: gets `picture-0001.jpg` and so on.

    Returns:
        `rows` and `columns` (ground truth and predicted labels), `cells[row][column]` a list of picture numbers, one
        a face, `names` of the pictures by number, `faces` and `right`.
    """
    labels = json.loads((folder / "run" / "config.json").read_text())["classes"]
    with (folder / "run" / "evaluation" / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cells = _cells(len(labels), len(labels))
    for number, row in enumerate(rows, 1):
        probs = np.zeros((1, len(LABELS)), np.float32)
        for name in labels:
            probs[0, LABELS.index(name)] = float(row[f"score_{name}"])
        box = np.array([[float(row[side]) for side in ("x1", "y1", "x2", "y2")]], np.float32)
        found = Detections(box, np.ones(1, np.float32)).with_label_probs(probs)
        _write(out, number, annotate(read_bgr(folder / "pictures" / row["picture"]), found))
        cells[labels.index(row["label"])][labels.index(row["prediction"])].append(number)
    return _table(labels, labels, cells) | {"names": [row["picture"] for row in rows]}


def localizer_table(folder: Path, model: Path, out: Path) -> dict[str, Any]:
    """Write the test pictures with the box that the exported localizer finds, and return where it found the face.

    Args:
        folder: of the collection.
        model: the exported `.tflite`.
        out: gets `picture-0001.jpg` and so on.

    Returns:
        See `classifier_table`; rows are pictures with a face and without. `mean_iou` of the faces that stand alone, a
        face that is not found counts as 0.
    """
    detector = LocalizerDetector(load_model(model, "face_localizer"))
    rows, columns = [FACE, NO_FACE], [FOUND, ELSEWHERE, MISSED]
    cells, overlaps = _cells(2, 3), []
    photos = read_coco(folder / "splits" / "test.json", images=folder / "pictures")
    for number, photo in enumerate(photos, 1):
        frame = read_bgr(photo.path)
        found = detector.detect(frame, detector.score_threshold)
        iou = _overlap(found, photo.annotations)
        faces = photo.annotations.xyxy[~photo.annotations.ignore]
        if len(faces) == 1:
            overlaps.append(iou)
        place = MISSED if not len(found) else FOUND if iou > RIGHT_IOU else ELSEWHERE
        cells[0 if len(faces) else 1][columns.index(place)].append(number)
        _write(out, number, _drawn(frame, faces, found, iou > RIGHT_IOU))
    table = _table(rows, columns, cells)
    right = len(cells[0][0]) + len(cells[1][2])
    table |= {"names": [photo.file_name for photo in photos]}
    return table | {"right": right, "mean_iou": round(float(np.mean(overlaps)), 4) if overlaps else None}


def _overlap(found: Detections, gt: Annotations) -> float:
    from webapp.vision.boxes import box_iou

    faces = gt.xyxy[~gt.ignore]
    return float(box_iou(found.xyxy, faces).max(initial=0.0))


def _drawn(frame: Frame, faces: np.ndarray, found: Detections, right: bool) -> Frame:
    picture = frame.copy()
    for box in faces:
        outline(picture, box, (255, 255, 255))
    for box in found.xyxy:
        outline(picture, box, STYLES[0 if right else 1].colour)
    return picture


def _cells(rows: int, columns: int) -> list[list[list[int]]]:
    return [[[] for _ in range(columns)] for _ in range(rows)]


def _table(rows: Iterable[str], columns: Iterable[str], cells: list[list[list[int]]]) -> dict[str, Any]:
    counts = [[len(cell) for cell in row] for row in cells]
    right = sum(counts[i][i] for i in range(min(len(counts), len(counts[0]))))
    every = sum(map(sum, counts))
    return {"rows": list(rows), "columns": list(columns), "cells": cells, "faces": every, "right": right}


def _write(out: Path, number: int, picture: Frame) -> None:
    scale = min(1.0, SIDE_PX / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    write_jpeg(out / f"picture-{number:04d}.jpg", small.astype(np.uint8))
