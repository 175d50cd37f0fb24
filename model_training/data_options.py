"""Options that training stages share."""

from __future__ import annotations

import argparse
from pathlib import Path


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
