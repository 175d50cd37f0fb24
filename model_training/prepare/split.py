"""Split labelled photos into training, validation and test.

    python -m model_training split --manifest all.json --images photos/ --out splits/ --percentages 80 10 10

writes `train.json`, `val.json` and `test.json`. Near-duplicates (mirror images too), whatever was made from one photo,
and the photos of one session stay in one split; labels, empty photos and sources are distributed as evenly as that
allows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from model_training.data.annotations import Photo
from model_training.data.coco import SPLITS, read_coco, write_coco
from model_training.data.image_files import read_whole
from model_training.data.near_duplicates import SPLIT_BITS, PictureHash, hash_picture
from model_training.data.output_folders import inside
from model_training.data.problems import Problems, count
from model_training.data.progress import progress
from model_training.data.splitting import assign_splits, group_photos, leaking_groups
from webapp.vision.detections import LABELS, IntArray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--manifest", type=Path, required=True, help="labelled photos, as `label` writes them")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument("--out", type=Path, required=True, help="folder for train.json, val.json and test.json")
    parser.add_argument(
        "--percentages",
        type=float,
        nargs=3,
        default=[80, 10, 10],
        metavar=("TRAIN", "VAL", "TEST"),
        help="percent (default: %(default)s)",
    )
    parser.add_argument(
        "--by",
        choices=("session", "photo", "own"),
        default="session",
        help="what stays whole: sessions where photos have one, single photos, or the splits that the manifest has "
        "already, which are only checked (default: %(default)s)",
    )
    add_grouping_options(parser)


def add_grouping_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of every stage that splits photos."""
    parser.add_argument(
        "--near-duplicate-bits",
        type=int,
        default=SPLIT_BITS,
        help="of 64, in which near-duplicates may differ (default: 10)",
    )
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> None:
    """Group, assign, write, print a table."""
    fractions = parse_percentages(args.percentages)
    problems = Problems()
    try:
        listed = read_coco(args.manifest)
    except ValueError as error:
        sys.exit(str(error))
    photos, hashes = hash_photos(listed, args.images, problems)
    if not photos:
        problems.add(args.manifest.name, "there is no photo to split")
        problems.finish()
    group = group_photos(photos, hashes, args.near_duplicate_bits, args.by == "session")
    if args.by == "own":
        split = _own_splits(photos, group, problems)
    else:
        split = assign_splits(photos, group, fractions, args.seed)
    done = [
        replace(photo, split=SPLITS[k], group=int(g))
        for photo, g, k in zip(photos, group, split, strict=True)
        if k >= 0
    ]
    for k, name in enumerate(SPLITS):
        chosen = [photo for photo in done if photo.split == name]
        write_coco(args.out / f"{name}.json", chosen)
        _check(name, chosen, done, fractions[k] > 0 or args.by == "own", problems)
    print(table(done))
    print(f"{count(len(set(group.tolist())), 'group')} of {count(len(photos), 'photo')} that stay together: {args.out}")
    problems.finish()


def parse_percentages(percent: Sequence[float]) -> list[float]:
    """Return fractions that sum up to 1.

    Raises:
        SystemExit: the percentages are negative or do not sum up to 100.
    """
    if min(percent) < 0 or abs(sum(percent) - 100) > 0.01:
        sys.exit(f"The percentages must sum up to 100 percent; {', '.join(f'{p:g}' for p in percent)} do not.")
    return [p / 100 for p in percent]


def hash_photos(listed: Sequence[Photo], images: Path, problems: Problems) -> tuple[list[Photo], list[PictureHash]]:
    """Hash every photo; leave out and list those that cannot be read or are listed twice."""
    photos, hashes, seen = [], [], set[str]()
    for photo in progress(listed, "photo"):
        path = inside(images, photo.file_name)
        if path is None or photo.file_name in seen:
            problems.add(photo.file_name, "listed twice" if path else "lies outside the folder of pictures; left out")
            continue
        try:
            hashes.append(hash_picture(read_whole(path)))
        except ValueError as error:
            problems.add(photo.file_name, f"{error}; left out")
            continue
        seen.add(photo.file_name)
        photos.append(photo)
    return photos, hashes


def table(photos: Sequence[Photo]) -> str:
    """Return how many photos, empty photos and faces of each label every split has, as text."""
    lines = [f"{'':6}{'photos':>8}{'empty':>8}" + "".join(f"{label:>23}" for label in LABELS)]
    for name in SPLITS:
        chosen = [photo for photo in photos if photo.split == name]
        faces = np.array([photo.annotations.label_counts() for photo in chosen], int).reshape(-1, len(LABELS))
        empty = sum(not counts.any() for counts in faces)
        lines.append(f"{name:6}{len(chosen):8}{empty:8}" + "".join(f"{n:23}" for n in faces.sum(axis=0)))
    return "\n".join(lines)


def _own_splits(photos: Sequence[Photo], group: IntArray, problems: Problems) -> IntArray:
    split = np.array([SPLITS.index(p.split) if p.split in SPLITS else -1 for p in photos], np.int64)
    for photo, k in zip(photos, split, strict=True):
        if k < 0:
            problems.add(photo.file_name, f"its split is {photo.split!r}, not one of {', '.join(SPLITS)}; left out")
    known = split >= 0
    for number in leaking_groups(group[known], split[known].tolist()):
        members = [f"{p.file_name} ({p.split})" for p, g in zip(photos, group, strict=True) if g == number]
        problems.add(members[0], f"is in another split too: {', '.join(members[1:6])}")
    return split


def _check(name: str, chosen: Sequence[Photo], everything: Sequence[Photo], required: bool, problems: Problems) -> None:
    if not required:
        return
    if not chosen:
        problems.add(f"{name}.json", "there is no photo in it; with too few sessions or groups, try --by photo")
        return
    for k, label in enumerate(LABELS):
        there = any(photo.annotations.label_counts()[k] for photo in everything)
        if there and not any(photo.annotations.label_counts()[k] for photo in chosen):
            problems.add(f"{name}.json", f"no face in it has the label {label}")
