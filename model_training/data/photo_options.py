"""Options of several stages: where photos and crops are."""

from __future__ import annotations

import argparse
from pathlib import Path

from model_training.data.leakage import refuse_shared_photos


def add_photo_options(parser: argparse._ActionsContainer) -> None:
    """Declare where the photos of training and validation are.

    Args:
        parser: or a group of one.
    """
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON or manifest of the training photos")
    parser.add_argument("--coco-val", type=Path, required=True, help="the same of the validation photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of both files' photos")
    parser.add_argument(
        "--images-val",
        type=Path,
        help="folder of the validation photos, where it is another (default: that of --images)",
    )


def add_further_photos(parser: argparse._ActionsContainer) -> None:
    """Declare where further training photos are: sets that lie in folders of their own.

    Args:
        parser: or a group of one.
    """
    parser.add_argument(
        "--also",
        type=Path,
        nargs=2,
        action="append",
        default=[],
        metavar=("COCO", "IMAGES"),
        help="further training photos and their folder; may be given again (default: none)",
    )


def add_crop_folders(parser: argparse._ActionsContainer, required: bool = False) -> None:
    """Declare where whole crops of one face each are, and which of them training used.

    Args:
        parser: or a group of one.
        required: whether the stage is nothing without crops.
    """
    parser.add_argument(
        "--crops",
        type=Path,
        required=required,
        help="class folders (WithMask/, WithoutMask/) of crops that one face fills",
    )
    parser.add_argument(
        "--crops-train",
        type=Path,
        nargs="*",
        default=[],
        help="folders of crops that training used: near-duplicates of these are left out",
    )


def training_sets(args: argparse.Namespace) -> list[tuple[Path, Path]]:
    """Return every COCO file of training photos with the folder of its photos.

    Args:
        args: with the options of `add_photo_options` and `add_further_photos`.

    Raises:
        ValueError: a set shares photos with validation, see `refuse_shared_photos`.
    """
    sets = [(args.coco, args.images), *((coco, images) for coco, images in args.also)]
    for coco, images in sets:
        refuse_shared_photos(coco, args.coco_val, images, args.images_val or args.images)
    return sets
