"""Cut the faces of a CSV's photos into folders of crops, a split and a class each.

    python -m model_training crops images/ train.csv 80 10 10 --out data/

writes `data/train|valid|test/mask|no-mask/` (with three classes `incorrect/` too) and `data/manifest.json` with
the photo of each crop. A crop is what serving shows the classifier: a padded square, in the photo's resolution.
All crops of a photo and of its near-duplicates are in one split. The CSV is that of Kaggle's mask set.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from model_training.data.annotations import Annotations, Photo
from model_training.data.coco import SPLITS, write_coco
from model_training.data.face_samples import box_in_crop
from model_training.data.formats.kaggle_csv import ACCESSORIES, read_kaggle_csv
from model_training.data.formats.label_names import LabelNames
from model_training.data.formats.label_validation import LabelValidator
from model_training.data.image_files import read_whole, write_jpeg
from model_training.data.output_folders import flat_stems, whole_folder
from model_training.data.problems import Problems, count
from model_training.data.progress import progress
from model_training.data.splitting import assign_splits, group_photos
from model_training.prepare.split import add_grouping_options, hash_photos, parse_percentages
from webapp.vision.boxes import square_boxes
from webapp.vision.crops import crop_face
from webapp.vision.detections import LABELS

SPLIT_FOLDERS = ("train", "valid", "test")
CLASS_FOLDERS = ("mask", "no-mask", "incorrect")
"""In the order of `LABELS`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("images", type=Path, help="folder of the photos")
    parser.add_argument("csv", type=Path, help="boxes, a line each: name,x1,y1,x2,y2,classname, pixels")
    parser.add_argument("percentages", type=float, nargs=3, metavar="PERCENT", help="for training, validation and test")
    parser.add_argument("--out", type=Path, default=Path("data"), help="empty or new folder (default: data)")
    parser.add_argument(
        "--classes", type=int, choices=(2, 3), default=2, help="3 has badly worn masks too (default: 2)"
    )
    parser.add_argument("--min-side-px", type=float, default=12, help="smaller faces are left out (default: 12)")
    parser.add_argument(
        "--padding", type=float, default=0.1, help="margin as a fraction of a face's longer side (default: 0.1)"
    )
    parser.add_argument("--map", action="append", default=[], metavar="NAME=LABEL", help="see `label --help`")
    add_grouping_options(parser)


def run(args: argparse.Namespace) -> None:
    """Read, split, cut, print a table."""
    fractions = parse_percentages(args.percentages)
    problems = Problems()
    with whole_folder(args.out) as part:
        photos = [_only(photo, args.classes, args.min_side_px) for photo in _labelled(args, problems)]
        usable = [photo for photo in photos if len(photo.annotations)]
        if not usable:
            problems.add(args.csv.name, "there is no face to cut; nothing written")
            problems.finish()
        readable, hashes = hash_photos(usable, args.images, problems)
        group = group_photos(readable, hashes, args.near_duplicate_bits, by_session=False)
        split = assign_splits(readable, group, fractions, args.seed)
        crops: list[Photo] = []
        stems = flat_stems([photo.file_name for photo in readable])
        for i, photo in enumerate(progress(readable, "photo")):
            marked = replace(photo, split=SPLITS[split[i]], group=int(group[i]))
            crops += _cut(marked, args.images, part, stems[i], args.padding)
        write_coco(part / "manifest.json", crops)
    _check_and_print(crops, args.out, args.classes, fractions, problems)
    problems.finish()


def _labelled(args: argparse.Namespace, problems: Problems) -> list[Photo]:
    names = LabelNames(args.map, ACCESSORIES)
    validator = LabelValidator(args.images, names, args.images.resolve().name, args.padding, False, problems)
    try:
        found = [validator.photo(raw) for raw in progress(read_kaggle_csv(args.csv, args.images, problems), "photo")]
    except ValueError as error:
        problems.add(args.csv.name, str(error))
        return []
    if validator.passed_over:
        names_text = ", ".join(f"{name} {n}" for name, n in validator.passed_over.most_common())
        print(f"boxes passed over, since their names stand for nothing here: {names_text}")
    return [photo for photo in found if photo is not None]


def _only(photo: Photo, classes: int, min_side_px: float) -> Photo:
    # Regions to ignore are no faces to learn from.
    faces = photo.annotations
    keep = ~faces.ignore & (faces.label < classes) & (faces.shorter_side_px >= min_side_px)
    return replace(photo, annotations=faces.select(keep))


def _cut(photo: Photo, images: Path, out: Path, stem: str, padding: float) -> list[Photo]:
    frame = read_whole(images / photo.file_name)
    split_folder = SPLIT_FOLDERS[SPLITS.index(photo.split or "train")]
    crops = []
    squares = square_boxes(photo.annotations.xyxy, padding)
    for number, (square, label) in enumerate(zip(squares, photo.annotations.label, strict=True), start=1):
        name = f"{split_folder}/{CLASS_FOLDERS[int(label)]}/{stem}-{number:02d}.jpg"
        side = max(round(float(square[2] - square[0])), 1)
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        write_jpeg(out / name, crop_face(frame, square, side))
        crops.append(
            replace(
                photo,
                file_name=name,
                resolution_wh=(side, side),
                annotations=Annotations(box_in_crop(side, side, padding)[None], np.array([label]), np.zeros(1, bool)),
                made_from=photo.file_name,
            )
        )
    return crops


def _check_and_print(
    crops: Sequence[Photo], out: Path, classes: int, fractions: Sequence[float], problems: Problems
) -> None:
    found = Counter((crop.split, int(crop.annotations.label[0])) for crop in crops)
    print(f"{'':6}" + "".join(f"{name:>12}" for name in CLASS_FOLDERS[:classes]))
    for split, folder, fraction in zip(SPLITS, SPLIT_FOLDERS, fractions, strict=True):
        print(f"{folder:6}" + "".join(f"{found[split, k]:12}" for k in range(classes)))
        for k in range(classes):
            (out / folder / CLASS_FOLDERS[k]).mkdir(parents=True, exist_ok=True)
            if fraction > 0 and not found[split, k]:
                problems.add(f"{out / folder / CLASS_FOLDERS[k]}/", f"this class is empty: no face {LABELS[k]}")
    print(f"{count(len(crops), 'crop')} of {count(len({crop.made_from for crop in crops}), 'photo')}: {out}")
