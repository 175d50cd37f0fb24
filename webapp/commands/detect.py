"""`python -m webapp detect [--json] PATH…`: the faces of pictures."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, from_vision
from webapp.photos.photo import detect_in_photo, photo_limits
from webapp.pipelines import build_photo_pipeline, build_stream_pipeline
from webapp.protocol import error_json
from webapp.vision.certainty import UNSURE_BELOW
from webapp.vision.errors import ModelError, PersonalError, VisionError
from webapp.vision.personal.personal_file import read_personal
from webapp.vision.pipeline import Pipeline

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="pictures, or folders of pictures")
    parser.add_argument("--json", action="store_true", help="one JSON object per line and picture")
    parser.add_argument(
        "--stream", action="store_true", help="detect as in live frames and videos instead of as in photos"
    )
    parser.add_argument(
        "--min-score", type=float, help="lowest detection score of this run, 0 to 1 (default: as served)"
    )
    parser.add_argument(
        "--personal", type=Path, metavar="FILE", help="your own classifier, a JSON file that the live page exports"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Detect the faces of every picture; return 1 if any of them could not be opened."""
    if args.min_score is not None and not 0 <= args.min_score <= 1:
        print("--min-score must lie between 0 and 1.", file=sys.stderr)
        return 2
    try:
        personal = None if args.personal is None else read_personal(args.personal)
        build = build_stream_pipeline if args.stream else build_photo_pipeline
        pipeline = build(settings, personal=personal)
    except (ModelError, PersonalError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        paths = list(expand(args.paths))
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    if not paths:
        print("There are no pictures in there (.jpg, .png, .webp).", file=sys.stderr)
        return 1
    # A name may be no text in the encoding of the output, which must not stop the run.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    failed = False
    for path in paths:
        result = _detect(pipeline, path, settings, args.min_score)
        failed = failed or "error" in result
        print(json.dumps(result) if args.json else _as_text(result), flush=True)
    return 1 if failed else 0


def expand(paths: list[Path]) -> Iterator[Path]:
    """Yield the paths, folders replaced by the pictures in them.

    Raises:
        OSError: a folder cannot be read.
    """
    for path in paths:
        # Path.is_dir raises where a folder above may not be entered; reading the picture tells it as a result.
        if os.path.isdir(path):
            yield from sorted(child for child in path.iterdir() if child.suffix.lower() in SUFFIXES)
        else:
            yield path


def _detect(pipeline: Pipeline, path: Path, settings: Settings, min_score: float | None) -> dict[str, Any]:
    try:
        return {"file": path.name} | detect_in_photo(pipeline, path.read_bytes(), photo_limits(settings), min_score)
    except VisionError as error:
        refusal: MirrorError = from_vision(error)
    except OSError as error:
        refusal = BadRequest(f"The file cannot be read: {error.strerror}.")
    return {"file": path.name} | error_json(refusal.code, refusal.message)


def _as_text(result: dict[str, Any]) -> str:
    if "error" in result:
        return f"{result['file']}: {result['error']['message']}"
    lines = [f"{result['file']}: {result['width']} x {result['height']} px, faces: {len(result['faces'])}"]
    for face in result["faces"]:
        x1, y1, x2, y2 = (round(v) for v in face["box"])
        state = "not sure" if face["label_score"] < UNSURE_BELOW else face["label"]
        lines.append(
            f"  {state:20} {face['label_score']:4.0%}  box {x1},{y1} to {x2},{y2}  face {face['detection_score']:4.0%}"
        )
    return "\n".join(lines)
