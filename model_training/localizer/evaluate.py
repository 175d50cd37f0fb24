"""Measure a single-face localizer on squares of labelled photos, and show where it fails.

    python -m model_training evaluate localizer --run runs/localizer --coco test.json --images images/ \\
        --negatives empty/
    python -m model_training evaluate localizer --model localizer.tflite --coco test.json --images images/ --out eval

writes `metrics.json`, `predictions.csv` and `report.html` into the folder.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from model_training.data.photo_options import add_crop_folders
from model_training.data.problems import Problems
from model_training.evaluation.bootstrap_clusters import picture_clusters
from model_training.evaluation.close_ups.close_up_windows import WINDOWS
from model_training.evaluation.evaluation_options import add_options, output_folder
from model_training.evaluation.grad_cam import GradCam
from model_training.evaluation.metrics_files import as_json, write_card_metrics
from model_training.localizer.close_up_metrics import close_up_metrics
from model_training.localizer.close_up_samples import read_close_windows, read_crops
from model_training.localizer.examples import sample_name, samples_to_explain, words
from model_training.localizer.metrics import Located, blind_sentence, localizer_metrics
from model_training.localizer.model_under_test import LocalizerUnderTest, open_localizer, predict_samples
from model_training.localizer.report import render
from model_training.localizer.report_text import as_text
from model_training.localizer.samples import CLOSE_KINDS, CLOSE_WINDOW, LocalizerSample, read_localizer_samples
from model_training.report.heat_maps import Heat
from webapp.vision.detections import LABELS

CARD_METRICS = (
    *("accuracy", "mean_iou", "iou_over_0.5", "iou_over_0.75", "located"),
    *("roc_auc", "roc_auc_windows", "average_precision"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_options(parser, "localizer")
    parser.add_argument(
        "--negatives",
        type=Path,
        nargs="+",
        default=[],
        help="folders of photos without faces: the half of each not trained on",
    )
    parser.add_argument(
        "--close-windows",
        type=int,
        default=WINDOWS,
        metavar="N",
        help="windows drawn around large faces, as near the camera; 0 for none (default: %(default)s)",
    )
    add_crop_folders(parser)
    parser.add_argument("--limit", type=int, help="most photos taken of each set, for small machines")
    parser.add_argument("--seed", type=int, default=1, help="of the windows")


def run(args: argparse.Namespace) -> None:
    """Predict, measure, print a table, write the report.

    Raises:
        SystemExit: there is nothing to measure, the message gives the reason; or, after the report, with status 1: some
            pictures could not be used.
    """
    out = output_folder(args, *args.negatives, args.crops, *args.crops_train)
    tested = open_localizer(args.run, args.model)
    problems = Problems()
    try:
        samples = read_localizer_samples(
            args.coco,
            args.images,
            tested.about["size_px"],
            args.seed,
            args.split,
            args.negatives,
            limit=args.limit,
            problems=problems,
        )
        if not any(sample.present for sample in samples):
            raise ValueError(f"{args.coco} has no face to measure in the split {args.split}.")
        near, left_out = _near_samples(args, tested.about["size_px"])
        score, box = predict_samples(tested, samples + near)
    except ValueError as error:
        raise problems.ended_by(error) from error
    own = picture_clusters(args.coco, args.split)
    both = Located(
        samples + near,
        score.astype(float),
        box.astype(float),
        tested.about["score_threshold"],
        [own.get(sample.file_name, sample.file_name) for sample in samples + near],
    )
    located = both.chosen(np.arange(len(samples)))
    close_ups = None
    if any(sample.kind == CLOSE_WINDOW for sample in near):
        close_ups = both.chosen(np.flatnonzero(np.isin(both.kind, CLOSE_KINDS) | ~both.present))
    metrics = as_json(
        {
            "model": tested.about,
            "annotations": args.coco.name,
            "split": args.split,
            "resamples": args.resamples,
            **localizer_metrics(located, args.resamples),
            "close_ups": None if close_ups is None else close_up_metrics(close_ups, args.resamples),
            "crops_left_out": left_out,
            "blind": blind_sentence(located),
        }
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    _write_predictions(out / "predictions.csv", both)
    if args.card is not None:
        by_kind = {kind: own["accuracy"] for kind, own in metrics["by_kind"].items()}
        write_card_metrics(
            args.card,
            {"samples": metrics["samples"], "faces": metrics["faces"]}
            | {name: metrics[name] for name in CARD_METRICS}
            | {"accuracy_by_kind": by_kind, "close_ups": metrics["close_ups"]},
            "test",
        )
    epochs = None if tested.run is None else tested.run.epochs
    page = render(located, metrics, epochs, _heats(tested, located), close_ups)
    (out / "report.html").write_text(page, encoding="utf-8")
    print(as_text(metrics))
    print(f"Report: {out / 'report.html'}")
    problems.finish()


def _near_samples(args: argparse.Namespace, size_px: int) -> tuple[list[LocalizerSample], int]:
    # Windows and crops of faces near the camera, and the number of crops that training used.
    near: list[LocalizerSample] = []
    left_out = 0
    if args.close_windows:
        near = read_close_windows(
            args.coco, args.images, size_px, args.seed, args.split, args.close_windows, limit=args.limit
        )
    if args.crops is not None:
        crops, left_out = read_crops(args.crops, args.crops_train, size_px)
        near += crops[: args.limit]
    return near, left_out


def _write_predictions(path: Path, located: Located) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        gt_box = [f"true_{name}" for name in ("x1", "y1", "x2", "y2")]
        about = ["sample", "picture", "kind", "source", "label"]
        rows.writerow([*about, *gt_box, "x1", "y1", "x2", "y2", "face_score", "iou"])
        overlap = located.iou
        for i, sample in enumerate(located.samples):
            label = LABELS[sample.label] if sample.present else ""
            boxed = sample.present and sample.boxed
            boxes = [f"{v:.5f}" for v in (*(sample.box if boxed else ()), *located.box[i])]
            cells = [""] * (0 if boxed else 4) + boxes
            iou = f"{overlap[i]:.5f}" if boxed else ""
            about = [str(i), sample.file_name, sample.kind, sample.source, label]
            rows.writerow([*about, *cells, f"{located.score[i]:.6f}", iou])


def _heats(tested: LocalizerUnderTest, located: Located) -> dict[str, list[Heat]] | None:
    if tested.run is None:
        return None
    grad_cam = GradCam(tested.run.model, "face_score")

    def heat(i: int) -> Heat:
        frame = located.samples[i].frame
        cam = grad_cam.heat_map(frame[:, :, ::-1].astype(np.float32), 0)
        return Heat(frame, cam, (words(located, i), sample_name(located, i)))

    return {title: [heat(i) for i in rows] for title, rows in samples_to_explain(located).items()}
