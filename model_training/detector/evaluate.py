"""Measure what the app finds in labelled photos, and show where it fails.

    python -m model_training evaluate detector --coco test.json --images images/ --negatives empty/ --out runs/eval

writes `predictions.json`, `metrics.json` and `report.html` into the folder. It runs `python -m webapp detect`, so it
measures the app with its default settings.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from model_training.data.annotations import Photo
from model_training.data.coco import read_coco
from model_training.data.formats.raw_labels import read_object
from model_training.data.image_files import read_bgr
from model_training.data.progress import progress_to
from model_training.detector.metrics import card_metrics, measure
from model_training.detector.report import render
from model_training.detector.report_tables import as_text
from model_training.evaluation.app_predictions import predict, run_detect, write_negatives
from model_training.evaluation.evaluation_options import add_split
from model_training.evaluation.face_attributes import FaceAttributes, face_attributes
from model_training.evaluation.matching import MatchingParameters, build_scenes, match_detections
from model_training.evaluation.metrics_files import as_json, write_card_metrics
from model_training.evaluation.predictions import Predictions, parse_predictions
from webapp.vision.frames import Frame

NOT_THERE = (
    "{} is not there. `make eval` needs labelled photos: DATA=folder with faces/test.json, faces/images/, negatives/."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON of the test photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    add_split(parser)
    parser.add_argument("--negatives", type=Path, help="folder of photos without faces, used unchanged and tinted")
    parser.add_argument(
        "--all-negatives", action="store_true", help="all of them, not the half that training never uses"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--card", type=Path, help="model card (.json) that gets the metrics under `metrics`")
    parser.add_argument("--predictions", type=Path, help="do not run the app: use these, of an earlier run")
    parser.add_argument(
        "--detect-options", default="", metavar="TEXT", help="further options of `webapp detect`, in one text"
    )


def run(args: argparse.Namespace) -> None:
    """Detect, measure, print a table, write the report.

    Raises:
        SystemExit: a file cannot be used; the message names it.
    """
    try:
        _evaluate(args)
    except (ValueError, OSError) as error:
        raise SystemExit(str(error)) from error


def _evaluate(args: argparse.Namespace) -> None:
    for path in (args.coco, args.images, args.negatives):
        if path is not None and not path.exists():
            sys.exit(NOT_THERE.format(path))
    for path in (args.predictions, args.card):
        if path is not None and not path.exists():
            sys.exit(f"{path} is not there.")
    args.out.mkdir(parents=True, exist_ok=True)
    photos = read_coco(args.coco, args.split, args.images)
    pictures = {photo.file_name: photo.path for photo in photos}
    negatives: dict[str, list[Path]] = {}
    if args.negatives is not None:
        negatives = write_negatives(args.negatives, args.out / "negatives", args.all_negatives)
    empty = {path.name: path for paths in negatives.values() for path in paths}
    if both := sorted(pictures.keys() & empty.keys()):
        raise ValueError(f"{both[0]} is the name of a photo of {args.coco} and of a picture in {args.negatives}.")
    if not pictures and not empty:
        raise ValueError(f"{args.coco} has no photo to measure on.")
    predictions, model = _load_predictions(args, [*pictures.items(), *empty.items()])
    scenes = build_scenes(photos, predictions)

    @lru_cache(maxsize=8)
    def read(name: str) -> Frame:
        return read_bgr({**empty, **pictures}[name])

    attributes = [
        _attributes(read, photos[s], int(f)) for s, f in match_detections(scenes, MatchingParameters(0.5)).gt_faces
    ]
    by_kind = {kind: [predictions[path.name] for path in paths] for kind, paths in negatives.items()}
    measured = measure(photos, scenes, attributes, by_kind or None, model.get("score_threshold"))
    metrics = {"model": model, "annotations": args.coco.name, **measured}
    _write_json(args.out / "metrics.json", as_json(metrics))
    if args.card is not None:
        write_card_metrics(args.card, as_json(card_metrics(metrics)))
    found_empty = {name: predictions[name] for name in empty} or None
    report = args.out / "report.html"
    report.write_text(render(photos, scenes, attributes, found_empty, metrics, read), encoding="utf-8")
    print(as_text(metrics))
    print(f"Report: {report}")


def _load_predictions(
    args: argparse.Namespace, named: list[tuple[str, Path]]
) -> tuple[dict[str, Predictions], dict[str, Any]]:
    # The model is recorded beside the predictions, so that they can be measured again without it.
    if args.predictions is None:
        options = shlex.split(args.detect_options)
        with progress_to(len(named), "picture") as show:
            rows: dict[str, Any] = predict(named, options, show)
        # Without --min-score the app prints its own threshold.
        (first,) = run_detect([named[0][1]], options, None)
        model: dict[str, Any] = first["model"]
    else:
        rows, beside = read_object(args.predictions), args.predictions.with_name("model.json")
        model = read_object(beside) if beside.exists() else {}
        if missing := [name for name, _ in named if name not in rows]:
            sys.exit(f"{args.predictions} lacks {len(missing)} of {len(named)} pictures, like {missing[0]}.")
    try:
        found = parse_predictions(rows)
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(f"{args.predictions or 'What the app printed'} holds no predictions: {error}.") from error
    _write_json(args.out / "predictions.json", rows)
    _write_json(args.out / "model.json", model)
    return found, model


def _attributes(read: Callable[[str], Frame], photo: Photo, face: int) -> FaceAttributes:
    return face_attributes(read(photo.file_name), photo.annotations.xyxy[face].astype(np.float64))


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n")
