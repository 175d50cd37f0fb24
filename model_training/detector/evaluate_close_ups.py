"""Measure whether the app detects one face near the camera, in photos and live.

    python -m model_training evaluate close-ups --coco val.json --images images/ --crops Validation \\
        --crops-train Train --out runs/eval-close

draws windows around the large faces of labelled photos, lists whole crops less near-duplicates of those that training
used, runs `python -m webapp detect` on both, as in photos and as in live frames (`--stream`), and writes
`predictions.json`, `metrics.json` and `report.html` into the folder. Right is exactly one detection at the shipped
threshold, in its place, with the right label, mask or no mask. The exit status is 1 where less than 95 % are right.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2

from model_training.data.photo_options import add_crop_folders
from model_training.data.progress import progress
from model_training.evaluation.app_predictions import run_detect
from model_training.evaluation.close_ups.app_accuracy import LEAST_RIGHT, LIVE, WAYS
from model_training.evaluation.close_ups.close_up_windows import WINDOWS
from model_training.evaluation.close_ups.gate import CloseUps, close_up_metrics, gather_close_ups
from model_training.evaluation.evaluation_options import add_split
from model_training.evaluation.metrics_files import as_json
from model_training.evaluation.predictions import as_row, parse_predictions
from model_training.report.close_up_page import as_text, render

NOT_THERE = (
    "{} is not there. `make eval-close` needs labelled photos and crops: DATA=folder with faces/val.json, "
    "faces/images/, mask12k/Validation/, mask12k/Train/."
)
NO_DATA = 2
"""Exit status where nothing could be measured; 1 means that too little was right."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON of photos that training has not seen")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    add_split(parser, "val")
    add_crop_folders(parser, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="to detect (default: both)")
    parser.add_argument(
        "--least-right", type=float, default=LEAST_RIGHT, help="exit with 1 below this (default: %(default)s)"
    )
    parser.add_argument("--windows", type=int, default=WINDOWS, help="how many are drawn (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the windows (default: %(default)s)")
    parser.add_argument("--predictions", type=Path, help="do not run the app: use these, of an earlier run")
    parser.add_argument(
        "--detect-options", default="", metavar="TEXT", help="further options of `webapp detect`, in one text"
    )


def run(args: argparse.Namespace) -> None:
    """Gather, detect, measure, print a table, write the report.

    Raises:
        SystemExit: 2 where data is missing, 1 where too little is right.
    """
    for path in (args.coco, args.images, args.crops, *args.crops_train, args.predictions):
        if path is not None and not path.exists():
            _refuse(NOT_THERE.format(path))
    try:
        crops = (args.crops, args.crops_train)
        close_ups = gather_close_ups(args.coco, args.images, args.split, *crops, args.seed, args.windows)
        predictions = _predict(args, close_ups) if args.predictions is None else _earlier(args, close_ups)
    except ValueError as error:
        _refuse(str(error))
    args.out.mkdir(parents=True, exist_ok=True)
    _write_json(args.out / "predictions.json", predictions)
    found = {way: parse_predictions(predictions[way]["faces"]) for way in args.ways}
    metrics = close_up_metrics(close_ups, found, args.least_right)
    metrics |= {"annotations": args.coco.name, "models": {way: predictions[way]["model"] for way in args.ways}}
    _write_json(args.out / "metrics.json", as_json(metrics))
    report = args.out / "report.html"
    report.write_text(render(close_ups, found, metrics), encoding="utf-8")
    print(as_text(metrics))
    print(f"Report: {report}")
    if metrics["failing"]:
        sys.exit(f"Below {args.least_right * 100:g} %: {'; '.join(metrics['failing'])}.")


def _predict(args: argparse.Namespace, close_ups: CloseUps) -> dict[str, dict[str, Any]]:
    options = shlex.split(args.detect_options)
    predictions: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        # Crops are used unchanged; windows are written as PNG, so that they are not compressed a second time.
        paths = [each.path if each.window_xyxy is None else Path(folder) / each.name for each in close_ups]
        for each, path in zip(close_ups, paths, strict=True):
            if each.window_xyxy is not None:
                cv2.imwrite(str(path), each.read())
        for way in args.ways:
            found = run_detect(paths, [*options, *(["--stream"] if way == LIVE else [])], None)
            rows = list(progress(found, f"close-up, {way} way", len(paths)))
            faces = {
                each.name: [as_row(face) for face in row["faces"]] for each, row in zip(close_ups, rows, strict=True)
            }
            predictions[way] = {"model": rows[0]["model"], "faces": faces}
    return predictions


def _earlier(args: argparse.Namespace, close_ups: CloseUps) -> dict[str, dict[str, Any]]:
    predictions: dict[str, dict[str, Any]] = json.loads(args.predictions.read_text())
    for way in args.ways:
        known = predictions.get(way, {"faces": {}})["faces"]
        if missing := [each.name for each in close_ups if each.name not in known]:
            raise ValueError(
                f"{args.predictions} lacks {len(missing)} of {len(close_ups)} close-ups, {way} way, like {missing[0]}."
            )
    return predictions


def _refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(NO_DATA)


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n")
