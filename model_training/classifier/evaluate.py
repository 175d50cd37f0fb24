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

from model_training.classifier.dataset import plain_crops
from model_training.classifier.examples import faces_to_explain
from model_training.classifier.metrics import SIZE_BUCKETS_PX, Answers, classifier_metrics, size_name
from model_training.classifier.model_under_test import ClassifierUnderTest, answer, open_classifier
from model_training.classifier.report import render
from model_training.classifier.report_text import as_text
from model_training.data.face_samples import FaceSample, read_coco_faces
from model_training.data.image_files import read_bgr
from model_training.data.problems import Problems
from model_training.evaluation.bootstrap_clusters import picture_clusters
from model_training.evaluation.evaluation_options import add_options, output_folder
from model_training.evaluation.grad_cam import GradCam
from model_training.evaluation.matching import merged
from model_training.evaluation.metrics_files import as_json, quote_in_card
from model_training.report.heat_maps import Heat
from model_training.report.words import label_comparison
from webapp.vision.crops import Frame
from webapp.vision.detections import LABELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_options(parser, "classifier")
    parser.add_argument("--min-side-px", type=float, default=12, help="smaller faces are left out (default: 12)")


def run(args: argparse.Namespace) -> None:
    """Answer, measure, print a table, write the report.

    Raises:
        SystemExit: there is nothing to measure, a sentence says why; or, after the report, with status 1: some
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
    answers = Answers(faces, pictures, [clusters[name] for name in pictures], labels, answer(tested, faces))
    by_size = measure_by_size(faces, answers.said, labels)
    metrics = as_json(
        {
            "model": tested.about,
            "annotations": args.coco.name,
            "split": args.split,
            "min_side_px": args.min_side_px,
            "left_out_worn_incorrectly": len(found) - len(faces),
            "resampled_units": "faces" if len(set(answers.clusters)) == len(faces) else "photos",
            "resamples": args.resamples,
            **classifier_metrics(answers, args.resamples),
            "by_size": by_size,
        }
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    _write_predictions(out / "predictions.csv", answers)
    if args.card is not None:
        quote_in_card(args.card, by_size)

    @lru_cache(maxsize=8)
    def read(name: str) -> Frame:
        return read_bgr(args.images / name)

    epochs = None if tested.run is None else tested.run.epochs
    page = render(answers, metrics, epochs, _heats(tested, answers), read)
    (out / "report.html").write_text(page, encoding="utf-8")
    print(as_text(metrics))
    print(f"Where it fails: {out / 'report.html'}")
    problems.finish()


def measure_by_size(
    faces: Sequence[FaceSample], answers: NDArray[np.int64], labels: Sequence[str] = LABELS
) -> dict[str, dict[str, Any]]:
    """Return `measure` for all faces and for each bucket of the shorter side.

    Args:
        faces: n of them.
        answers: int64 (n,), index into `LABELS`.
        labels: names of the classes that the model knows.
    """
    truth = np.array([face.label for face in faces], np.int64)
    sides = np.array([face.shorter_side_px for face in faces])
    report = {"all": measure(truth, answers, labels)}
    for low, high in SIZE_BUCKETS_PX:
        inside = (sides >= low) & (sides < high)
        if inside.any():
            report[size_name(low, high)] = measure(truth[inside], answers[inside], labels)
    return report


def measure(truth: NDArray[np.int64], answers: NDArray[np.int64], labels: Sequence[str] = LABELS) -> dict[str, Any]:
    """Return accuracy on two classes, and on three where there are three, recall by class and the confusion matrix.

    Two classes: arg-max first, then a badly worn mask counts as none, in truth and answer alike.

    Args:
        truth: int64 (n,), index into `LABELS`.
        answers: int64 (n,), likewise.
        labels: names of the classes that the model knows.
    """
    matrix = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(matrix, (truth, answers), 1)
    three = {"accuracy_3_classes": round(float((truth == answers).mean()), 4)} if len(labels) == 3 else {}
    return {
        "faces": len(truth),
        **three,
        "accuracy_2_classes": round(float((merged(truth) == merged(answers)).mean()), 4),
        "recall": {
            name: round(float(matrix[i, i] / matrix[i].sum()), 4) for i, name in enumerate(labels) if matrix[i].sum()
        },
        "confusion_matrix": matrix.tolist(),
    }


def _write_predictions(path: Path, answers: Answers) -> None:
    scores = [f"score_{name}" for name in answers.labels]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["picture", "x1", "y1", "x2", "y2", "label", "answer", *scores])
        for face, name, said, score in zip(answers.faces, answers.pictures, answers.said, answers.score, strict=True):
            box = [round(float(v), 2) for v in face.xyxy]
            rows.writerow([name, *box, LABELS[face.label], LABELS[said], *(f"{v:.6f}" for v in score)])


def _heats(tested: ClassifierUnderTest, answers: Answers) -> tuple[list[Heat], list[Heat]] | None:
    if tested.run is None:
        return None
    model, size_px, padding = tested.run.model, tested.about["size_px"], tested.about["padding"]
    grad_cam = GradCam(model, model.output_names[0])

    def heat(i: int) -> Heat:
        face, said = answers.faces[i], LABELS[int(answers.said[i])]
        crop = plain_crops([face], size_px, padding)[0]
        unit = tested.about["classes"].index(said)
        cam = grad_cam.heat_map(crop.astype(np.float32), unit)
        return Heat(
            crop[:, :, ::-1], cam, label_comparison(LABELS[face.label], said), f"score {answers.confidence[i]:.2f}"
        )

    right, wrong = faces_to_explain(answers)
    return [heat(i) for i in right], [heat(i) for i in wrong]
