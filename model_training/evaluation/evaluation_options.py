"""Options and output folder of the stages that evaluate runs and exported files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model_training.data.coco import SPLITS
from model_training.evaluation.bootstrap import RESAMPLES


def add_options(parser: argparse.ArgumentParser, system: str) -> None:
    """Declare what is measured, on what, and where the report goes.

    Args:
        parser: of the stage.
        system: what was trained, like `classifier`.
    """
    tested = parser.add_mutually_exclusive_group(required=True)
    tested.add_argument("--run", type=Path, help=f"folder of a `train {system}` run")
    tested.add_argument("--model", type=Path, help="instead: .tflite with its card beside it, or a shipped name")
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON or manifest of the test photos or crops")
    parser.add_argument("--images", type=Path, required=True, help="folder of its pictures")
    add_split(parser)
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="draws behind each interval (default: 1000)")
    parser.add_argument("--card", type=Path, help="model card (.json) that gets the metrics under `metrics`")
    parser.add_argument("--out", type=Path, help="folder to write to (default, with --run: RUN/evaluation)")


def add_split(parser: argparse.ArgumentParser, default: str = "test") -> None:
    """Declare which photos of a manifest count, see `read_coco`.

    Args:
        parser: of the stage.
        default: of `SPLITS`.
    """
    parser.add_argument(
        "--split", choices=SPLITS, default=default, help="of a manifest that has them all (default: %(default)s)"
    )


def output_folder(args: argparse.Namespace, *needed: Path | None) -> Path:
    """Return the folder to write to, after checking that every input exists.

    Args:
        args: with the options of `add_options`.
        needed: further paths of the stage; None where one was not given.

    Raises:
        SystemExit: a path is missing, or the folder to write to is not given; the message names it.
    """
    for path in (args.coco, args.images, *needed, args.card):
        if path is not None and not path.exists():
            sys.exit(f"{path} is not there.")
    if args.out is None and args.run is None:
        sys.exit("--model needs --out, the folder to write to.")
    return Path(args.out or args.run / "evaluation")
