"""Measure an exported classifier on crops of true boxes: accuracy, recall, confusion matrix, all by face size.

    python -m model_training evaluate-classifier --model webapp/models/mask_classifier.tflite \\
        --coco test.json --images images/ --out runs/classifier/test.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.crop_loader import plain_crops
from model_training.faces import FaceSample, read_coco_faces, read_crop_folder
from webapp.vision.detections import LABELS
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model

SIZE_BUCKETS_PX = ((12, 32), (32, 96), (96, 10_000))
INCORRECT, WITHOUT = LABELS.index("mask_worn_incorrectly"), LABELS.index("without_mask")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--model", type=Path, required=True, help=".tflite with its card beside it, or a shipped name")
    parser.add_argument("--coco", type=Path, help="COCO JSON of the test photos")
    parser.add_argument("--images", type=Path, help="folder of its photos")
    parser.add_argument("--crops", type=Path, help="instead: folder with WithMask/ and WithoutMask/ crops")
    parser.add_argument("--min-side-px", type=float, default=12, help="faces with a shorter side below are left out")
    parser.add_argument("--out", type=Path, help="JSON to write")


def run(args: argparse.Namespace) -> None:
    """Measure, print a table, write the JSON."""
    model = load_model(args.model, "mask_classifier")
    size_px, padding = model.card["input"]["size_px"], model.card["padding"]
    if args.crops is not None:
        samples = [
            sample
            for folder, label in (("WithMask", "with_mask"), ("WithoutMask", "without_mask"))
            for sample in read_crop_folder(args.crops / folder, LABELS.index(label), args.crops.name, padding)
        ]
    else:
        samples = list(read_coco_faces(args.coco, args.images, args.min_side_px))
    scores = MaskClassifier(model).probabilities(plain_crops(samples, size_px, padding))
    report = measure_by_size(samples, scores.argmax(axis=1))
    for name, figures in report.items():
        print(
            f"{name:12} n {figures['faces']:5}  2 classes {figures['accuracy_2_classes']:.4f}  "
            f"3 classes {figures['accuracy_3_classes']:.4f}  recall {figures['recall']}"
        )
    print("confusion matrix (rows: truth, columns: answer; " + ", ".join(LABELS) + ")")
    print(np.array(report["all"]["confusion_matrix"]))
    if args.out is not None:
        args.out.write_text(json.dumps(report, indent=2) + "\n")


def measure_by_size(samples: list[FaceSample], answers: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Return `measure` for all faces and for each bucket of the shorter side.

    Args:
        samples: n faces.
        answers: int64 (n,), index into `LABELS`.
    """
    truth = np.array([s.label for s in samples], np.int64)
    sides = np.array([s.shorter_side_px for s in samples])
    report = {"all": measure(truth, answers)}
    for low, high in SIZE_BUCKETS_PX:
        inside = (sides >= low) & (sides < high)
        if inside.any():
            report[f"{low}-{high} px" if high < 10_000 else f"from {low} px"] = measure(truth[inside], answers[inside])
    return report


def measure(truth: NDArray[np.int64], answers: NDArray[np.int64]) -> dict[str, Any]:
    """Return accuracy on three and on two classes, recall by class and the confusion matrix.

    Two classes: arg-max first, then a badly worn mask counts as none, in truth and answer alike.

    Args:
        truth: int64 (n,), index into `LABELS`.
        answers: int64 (n,), likewise.
    """
    matrix = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(matrix, (truth, answers), 1)
    pair = [np.where(labels == INCORRECT, WITHOUT, labels) for labels in (truth, answers)]
    return {
        "faces": len(truth),
        "accuracy_3_classes": round(float((truth == answers).mean()), 4),
        "accuracy_2_classes": round(float((pair[0] == pair[1]).mean()), 4),
        "recall": {
            name: round(float(matrix[i, i] / matrix[i].sum()), 4) for i, name in enumerate(LABELS) if matrix[i].sum()
        },
        "confusion_matrix": matrix.tolist(),
    }
