"""Make many pictures out of few training photos: crops, flips, light; boxes follow.

    python -m model_training augment --manifest splits/train.json --images photos/ --out augmented/

writes `augmented/images/` and `augmented/manifest.json`: 60 copies a photo, so that 90 photos become 5,400. It takes
training photos only, after `split`: copies of one photo on both sides of a split would be leakage. Large sets
need no files: training changes their photos on the fly, by the same function (`photo_augmentation.py`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from model_training.data.annotations import LabelledFrame, Photo
from model_training.data.coco import read_coco, write_coco
from model_training.data.image_files import read_whole, write_jpeg
from model_training.data.output_folders import flat_stems, inside, whole_folder
from model_training.data.problems import Problems, count
from model_training.data.progress import progress
from model_training.training.photo_augmentation import AugmentationOptions, augment_photo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    usual = AugmentationOptions()
    parser.add_argument("--manifest", type=Path, required=True, help="train.json of `split`")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument("--out", type=Path, required=True, help="empty or new folder to write to")
    parser.add_argument("--copies", type=int, default=60, help="of every photo (default: %(default)s)")
    parser.add_argument("--side-px", type=int, default=usual.side_px, help="of a copy, pixels (default: %(default)s)")
    parser.add_argument(
        "--crop-fractions",
        type=float,
        nargs=2,
        default=usual.crop_fractions,
        metavar=("SHORTER", "LONGER"),
        help="of the photo's sides that a crop shows, 0 to 1 (default: 450 of 480 and 450 of 640 pixels)",
    )
    parser.add_argument(
        "--vertical-flip",
        type=float,
        default=usual.vertical_flip,
        help="probability that a copy is upside down; 0 for cameras that always stand upright (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> None:
    """Write the copies and their manifest."""
    fractions_fit = 0 < min(args.crop_fractions) <= max(args.crop_fractions) <= 1 and 0 <= args.vertical_flip <= 1
    if args.copies < 1 or args.side_px < 32 or not fractions_fit:
        sys.exit("--copies must be 1 or more, --side-px 32 or more, --crop-fractions and --vertical-flip from 0 to 1.")
    try:
        photos = read_coco(args.manifest)
    except ValueError as error:
        sys.exit(str(error))
    _refuse_other_splits(args.manifest, photos)
    problems = Problems()
    options = AugmentationOptions(args.side_px, tuple(args.crop_fractions), args.vertical_flip)
    made: list[Photo] = []
    stems = flat_stems([photo.file_name for photo in photos])
    with whole_folder(args.out) as part:
        for number, photo in enumerate(progress(photos, "photo")):
            path = inside(args.images, photo.file_name)
            try:
                frame = read_whole(path if path is not None else Path())
            except ValueError as error:
                problems.add(photo.file_name, f"{error}; left out")
                continue
            labelled = LabelledFrame(frame, photo.annotations, photo.source)
            for k in range(args.copies):
                # The seed names photo and copy: neither other photos nor more copies change this one.
                copy = augment_photo(labelled, np.random.default_rng([args.seed, number, k]), options)
                name = f"images/{stems[number]}-{k:02d}.jpg"
                made.append(_write(copy, photo, part, name))
        write_coco(part / "manifest.json", made)
    print(f"{args.out}: {count(len(made), 'picture')} of {count(len(photos), 'photo')}")
    if not made:
        problems.add(args.manifest.name, "there is no photo to augment")
    problems.finish()


def _refuse_other_splits(manifest: Path, photos: Sequence[Photo]) -> None:
    for photo in photos:
        if photo.split is None:
            sys.exit(
                f"{manifest}: {photo.file_name} is in no split yet. Run `split` first, then augment its train.json."
            )
        if photo.split != "train":
            sys.exit(
                f"{manifest}: {photo.file_name} is a {photo.split} photo. Only training photos are augmented: what "
                "validation and test measure must be photos as they come."
            )


def _write(copy: LabelledFrame, photo: Photo, out: Path, name: str) -> Photo:
    (out / name).parent.mkdir(exist_ok=True)
    write_jpeg(out / name, copy.frame)
    return replace(
        photo,
        file_name=name,
        resolution_wh=copy.resolution_wh,
        annotations=copy.annotations,
        made_from=photo.made_from or photo.file_name,
    )
