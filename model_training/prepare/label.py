"""Labels of any of six formats into one manifest; or boxes proposed by the app, for a person to correct in labelme.

    python -m model_training label --prelabel --images photos/            # then: labelme photos/
    python -m model_training label --format labelme --images photos/ --out all.json
    python -m model_training label --format voc --labels annotations/ --images images/ --out all.json
    python -m model_training label --format kaggle-csv --labels train.csv --images images/ --out all.json
    python -m model_training label --format class-folders --images crops/ --map hands=drop --out all.json

Boxes may stand in any order of corners where the format allows it; pictures of another size than the one labelled are
taken where the proportions agree. What cannot be used, a picture or a box, is left out and listed at the end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from model_training.data.annotations import Photo
from model_training.data.coco import read_coco, write_coco
from model_training.data.formats.class_folders import read_class_folders
from model_training.data.formats.coco_json import read_coco_json
from model_training.data.formats.kaggle_csv import ACCESSORIES, read_kaggle_csv
from model_training.data.formats.label_names import TARGETS, LabelNames
from model_training.data.formats.label_validation import LabelValidator
from model_training.data.formats.labelme import read_labelme
from model_training.data.formats.raw_labels import RawPhoto
from model_training.data.formats.voc import read_voc
from model_training.data.formats.yolo import read_yolo
from model_training.data.problems import Problems, count
from model_training.data.progress import progress
from model_training.prepare.prelabel import prelabel
from webapp.vision.detections import LABELS
from webapp.vision.errors import ModelError

READERS = {
    "labelme": read_labelme,
    "voc": read_voc,
    "coco": read_coco_json,
    "yolo": read_yolo,
    "kaggle-csv": read_kaggle_csv,
}
CLASS_FOLDERS = "class-folders"
ONE_FILE = ("coco", "kaggle-csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--images", type=Path, required=True, help="folder of the pictures, with folders in it or not")
    parser.add_argument("--format", choices=(*READERS, CLASS_FOLDERS), default="labelme", help="(default: labelme)")
    parser.add_argument("--labels", type=Path, help="file or folder of the labels (default: beside the pictures)")
    parser.add_argument("--out", type=Path, help="manifest to write, a .json")
    parser.add_argument(
        "--append",
        action="store_true",
        help="add to a manifest of the same --images; photos it has already are replaced",
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="NAME=LABEL",
        help=f"what a name stands for: {', '.join(TARGETS)}; * for all other names; may be given several times",
    )
    parser.add_argument("--source", help="name of this set (default: name of the folder of pictures)")
    parser.add_argument(
        "--session-folders", action="store_true", help="the folder that a picture lies in is its session, for `split`"
    )
    parser.add_argument(
        "--padding",
        type=float,
        default=0.1,
        help="margin of ready crops as a fraction of the face's longer side (default: %(default)s)",
    )
    parser.add_argument("--prelabel", action="store_true", help="propose: write labelme JSON where there is none yet")
    parser.add_argument("--min-score", type=float, help="of proposed faces, 0 to 1 (default: as the app shows them)")


def run(args: argparse.Namespace) -> None:
    """Propose; or read, validate and write."""
    if not args.images.is_dir():
        sys.exit(f"{args.images} is not a folder.")
    labels = args.labels or args.images
    problems = Problems()
    if args.prelabel:
        try:
            written, faces = prelabel(args.images, labels, args.min_score, problems)
        except (ModelError, ValueError) as error:
            sys.exit(str(error))
        print(f"{count(faces, 'face')} proposed in {count(written, 'new file')}. Correct them: labelme {args.images}")
        problems.finish()
        return
    if args.out is None:
        sys.exit("--out, the manifest to write, is required.")
    if (args.format in ONE_FILE) != labels.is_file() and args.format != CLASS_FOLDERS:
        sys.exit(f"--labels {labels}: {args.format} needs a {'file' if args.format in ONE_FILE else 'folder'}.")
    photos = _photos(args, labels, problems)
    if args.append and args.out.exists():
        new = {photo.file_name for photo in photos}
        try:
            photos = [photo for photo in read_coco(args.out) if photo.file_name not in new] + photos
        except ValueError as error:
            sys.exit(str(error))
    if not photos:
        problems.add(str(args.out), "no photo could be used; nothing written")
        problems.finish()
    write_coco(args.out, photos)
    faces = np.sum([photo.annotations.label_counts() for photo in photos], axis=0)
    counts = ", ".join(f"{label} {n}" for label, n in zip(LABELS, faces, strict=True))
    empty = sum(not photo.annotations.label_counts().sum() for photo in photos)
    print(f"{args.out}: {count(len(photos), 'photo')} ({empty} without faces); {counts}")
    problems.finish()


def _photos(args: argparse.Namespace, labels: Path, problems: Problems) -> list[Photo]:
    names = LabelNames(args.map, ACCESSORIES if args.format == "kaggle-csv" else ())
    source = args.source or args.images.resolve().name
    validator = LabelValidator(args.images, names, source, args.padding, args.session_folders, problems)
    photos: list[Photo] = []
    try:
        for raw in progress(_raw_photos(args, labels, names, problems), "photo"):
            photo = validator.photo(raw)
            if photo is not None:
                photos.append(photo)
    except ValueError as error:
        problems.add(labels.name, str(error))
    if validator.passed_over:
        names_text = ", ".join(f"{name} {n}" for name, n in validator.passed_over.most_common())
        print(f"boxes passed over, since their names stand for nothing here: {names_text}")
    return photos


def _raw_photos(args: argparse.Namespace, labels: Path, names: LabelNames, problems: Problems) -> Iterator[RawPhoto]:
    if args.format == CLASS_FOLDERS:
        return read_class_folders(args.images, lambda name: names.target(name) is not None, problems)
    return READERS[args.format](labels, args.images, problems)
