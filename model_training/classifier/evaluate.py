"""Measure a mask classifier on crops of labelled faces, and show where it fails.

    python -m model_training evaluate classifier --run runs/classifier --coco test.json --images images/
    python -m model_training evaluate classifier --model mask_classifier --coco test.json --images images/ --out eval

writes `metrics.json`, `predictions.csv` and `report.html` into the folder.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from model_training.classifier.dataset import plain_crops
from model_training.classifier.examples import faces_to_explain
from model_training.classifier.metrics import SIZE_BUCKETS_PX, ClassifierPredictions, classifier_metrics, size_name
from model_training.classifier.model_under_test import ClassifierUnderTest, open_classifier, predict_faces
from model_training.classifier.report import render
from model_training.classifier.report_text import as_text
from model_training.data.face_samples import FaceSample, read_coco_faces
from model_training.data.image_files import read_bgr
from model_training.data.labels import merged
from model_training.data.problems import Problems
from model_training.evaluation.bootstrap_clusters import picture_clusters
from model_training.evaluation.evaluation_options import add_options, output_folder
from model_training.evaluation.grad_cam import GradCam
from model_training.evaluation.metrics_files import as_json, write_card_metrics
from model_training.report.heat_maps import Heat
from webapp.vision.detections import LABELS
from webapp.vision.frames import Frame


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_options(parser, "classifier")
    parser.add_argument("--min-side-px", type=float, default=12, help="smaller faces are left out (default: 12)")


def run(args: argparse.Namespace) -> None:
    """Predict, measure, print a table, write the report.

    Raises:
        SystemExit: there is nothing to measure, the message gives the reason; or, after the report, with status 1: some
            pictures could not be used.
    """
    out = output_folder(args)
    tested = open_classifier(args.run, args.model)
    labels = LABELS[: len(tested.about["classes"])]
    problems = Problems()
    try:
        found = list(read_coco_faces(args.coco, args.images, args.min_side_px, args.split, problems))
        faces = [face for face in found if face.label < len(labels)]
        if not faces:
            raise ValueError(f"{args.coco} has no face to measure in the split {args.split}.")
    except ValueError as error:
        raise problems.ended_by(error) from error
    pictures = [face.path.relative_to(args.images).as_posix() for face in faces]
    clusters = picture_clusters(args.coco, args.split)
    predictions = ClassifierPredictions(
        faces, pictures, [clusters[name] for name in pictures], labels, predict_faces(tested, faces)
    )
    by_size = measure_by_size(faces, predictions.predicted_label, labels)
    metrics = as_json(
        {
            "model": tested.about,
            "annotations": args.coco.name,
            "split": args.split,
            "min_side_px": args.min_side_px,
            "left_out_worn_incorrectly": len(found) - len(faces),
            "resampled_units": "faces" if len(set(predictions.clusters)) == len(faces) else "photos",
            "resamples": args.resamples,
            **classifier_metrics(predictions, args.resamples),
            "by_size": by_size,
        }
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    _write_predictions(out / "predictions.csv", predictions)
    if args.card is not None:
        write_card_metrics(args.card, by_size)

    @lru_cache(maxsize=8)
    def read(name: str) -> Frame:
        return read_bgr(args.images / name)

    epochs = None if tested.run is None else tested.run.epochs
    page = render(predictions, metrics, epochs, _heats(tested, predictions), read)
    (out / "report.html").write_text(page, encoding="utf-8")
    print(as_text(metrics))
    print(f"Report: {out / 'report.html'}")
    problems.finish()


def measure_by_size(
    faces: Sequence[FaceSample], predicted_label: NDArray[np.int64], labels: Sequence[str] = LABELS
) -> dict[str, dict[str, Any]]:
    """Return `measure` for all faces and for each bucket of the shorter side.

    Args:
        faces: n of them.
        predicted_label: int64 (n,), index into `LABELS`.
        labels: names of the classes that the model knows.
    """
    gt_label = np.array([face.label for face in faces], np.int64)
    sides = np.array([face.shorter_side_px for face in faces])
    report = {"all": measure(gt_label, predicted_label, labels)}
    for low, high in SIZE_BUCKETS_PX:
        inside = (sides >= low) & (sides < high)
        if inside.any():
            report[size_name(low, high)] = measure(gt_label[inside], predicted_label[inside], labels)
    return report


def measure(
    gt_label: NDArray[np.int64], predicted_label: NDArray[np.int64], labels: Sequence[str] = LABELS
) -> dict[str, Any]:
    """Return accuracy on two classes, and on three where there are three, recall by class and the confusion matrix.

    Two classes: arg-max first, then a badly worn mask counts as none, in ground truth and predictions.

    Args:
        gt_label: int64 (n,), index into `LABELS`.
        predicted_label: int64 (n,), likewise.
        labels: names of the classes that the model knows.
    """
    matrix = confusion_matrix(gt_label, predicted_label, labels=range(len(labels)))
    three = {"accuracy_3_classes": round(float((gt_label == predicted_label).mean()), 4)} if len(labels) == 3 else {}
    return {
        "faces": len(gt_label),
        **three,
        "accuracy_2_classes": round(float((merged(gt_label) == merged(predicted_label)).mean()), 4),
        "recall": {
            name: round(float(matrix[i, i] / matrix[i].sum()), 4) for i, name in enumerate(labels) if matrix[i].sum()
        },
        "confusion_matrix": matrix.tolist(),
    }


def _write_predictions(path: Path, predictions: ClassifierPredictions) -> None:
    scores = [f"score_{name}" for name in predictions.labels]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["picture", "x1", "y1", "x2", "y2", "label", "prediction", *scores])
        for face, name, predicted, score in zip(
            predictions.faces, predictions.pictures, predictions.predicted_label, predictions.score, strict=True
        ):
            box = [round(float(v), 2) for v in face.xyxy]
            rows.writerow([name, *box, LABELS[face.label], LABELS[predicted], *(f"{v:.6f}" for v in score)])


def _heats(tested: ClassifierUnderTest, predictions: ClassifierPredictions) -> tuple[list[Heat], list[Heat]] | None:
    if tested.run is None:
        return None
    model, size_px, padding = tested.run.model, tested.about["size_px"], tested.about["padding"]
    grad_cam = GradCam(model, model.output_names[0])

    def heat(i: int) -> Heat:
        face, predicted = predictions.faces[i], LABELS[int(predictions.predicted_label[i])]
        crop = plain_crops([face], size_px, padding)[0]
        unit = tested.about["classes"].index(predicted)
        cam = grad_cam.heat_map(crop.astype(np.float32), unit)
        return Heat(
            crop[:, :, ::-1],
            cam,
            (f"score {predictions.confidence[i]:.2f}",),
            LABELS[face.label],
            predicted,
        )

    right, wrong = faces_to_explain(predictions)
    return [heat(i) for i in right], [heat(i) for i in wrong]
