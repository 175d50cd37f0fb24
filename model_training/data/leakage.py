"""Leakage: training and validation must not share photos or near-duplicates."""

from __future__ import annotations

from pathlib import Path

from model_training.data.coco import read_coco

Mark = tuple[str, Path, str]


def refuse_shared_photos(coco: Path, coco_val: Path, images: Path, images_val: Path) -> None:
    """Refuse training and validation photos of which one is in both, or two are related.

    Two photos of one manifest are related if they were made from one photo, or belong to one `group`. Groups and names
    of different manifests are unrelated.

    Args:
        coco: COCO JSON or manifest of the training photos; photos of another split than `train` do not count.
        coco_val: the same of the validation photos and `val`.
        images: folder of the training photos.
        images_val: folder of the validation photos.

    Raises:
        ValueError: there are such photos, and the message names the first; or see `read_coco`.
    """
    train, val = _marks(coco, images, "train"), _marks(coco_val, images_val, "val")
    for mark, name in train.items():
        if mark in val:
            sentence = {
                "picture": f"{name} is a training photo of {coco} and a validation photo of {coco_val}.",
                "made from": f"The training photo {name} and the validation photo {val[mark]} of {coco} were made from "
                f"one photo, {mark[2]}.",
                "group": f"The training photo {name} and the validation photo {val[mark]} of {coco} are "
                f"near-duplicates or of one session: both have the group {mark[2]}.",
            }[mark[0]]
            raise ValueError(f"{sentence} Run `split` and train with its train.json and val.json.")


def _marks(annotations: Path, images: Path, split: str) -> dict[Mark, str]:
    # What each photo has in common with related ones, and the first photo's name.
    folder, manifest = images.resolve(), annotations.resolve()
    marks: dict[Mark, str] = {}
    for photo in read_coco(annotations, split):
        name = photo.file_name
        marks.setdefault(("picture", (folder / name).resolve(), ""), name)
        marks.setdefault(("made from", manifest, photo.made_from or name), name)
        if photo.group is not None:
            marks.setdefault(("group", manifest, str(photo.group)), name)
    return marks
