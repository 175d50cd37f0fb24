"""Options of the exports of runs, and the photos that they measure on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_training.export.cards import LICENCE
from model_training.export.draft_files import tflite_path
from model_training.export.litert import WEIGHTS_TYPES, WeightsType

FILES = {"train": "coco", "val": "coco_val"}


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of every export of a run."""
    parser.add_argument("--run", type=Path, required=True, help="folder of the training stage")
    parser.add_argument(
        "--weights-type",
        choices=WEIGHTS_TYPES,
        default="float16",
        help="int8: weights and activations, their ranges measured on training data (default: float16)",
    )
    parser.add_argument("--coco", type=Path, help="COCO JSON that int8 is measured on (default: the run's)")
    parser.add_argument("--coco-val", type=Path, help="COCO JSON of parity with Keras (default: the run's)")
    parser.add_argument("--images", type=Path, help="folder of both files' photos (default: the run's)")
    parser.add_argument("--sources", nargs="*", default=[], help="data sets, for the card (default: the run's)")
    parser.add_argument("--licence", default=LICENCE, help="as written in the card (default: %(default)s)")
    parser.add_argument("--out", type=tflite_path, required=True, help=".tflite to write; its card ends in .json")


def measured_on(args: argparse.Namespace, config: dict[str, Any], split: str) -> tuple[Path, Path]:
    """Return the COCO file of a split and the folder of its photos: as given, else those of the run.

    Args:
        args: options of the stage.
        config: the run's `config.json`.
        split: `train` or `val`.
    """
    name = FILES[split]
    own_images = (split == "val" and config.get("images_val")) or config["images"]
    return Path(getattr(args, name) or config[name]), Path(args.images or own_images)


def weights_words(weights_type: WeightsType) -> str:
    """Return the `weights` of a card."""
    return "int8, activations too" if weights_type == "int8" else weights_type
