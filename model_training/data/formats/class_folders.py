"""Folders of ready crops: the name of the folder is the label of all in it, like `Train/WithMask/7.jpg`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from model_training.data.formats.raw_labels import RawFace, RawPhoto
from model_training.data.image_files import picture_paths
from model_training.data.problems import Problems, count

SPLIT_FOLDERS = dict.fromkeys(("train", "training"), "train") | dict.fromkeys(("val", "valid", "validation"), "val")
SPLIT_FOLDERS["test"] = "test"


def read_class_folders(images: Path, known: Callable[[str], bool], problems: Problems) -> Iterator[RawPhoto]:
    """Yield every crop; a folder above its own that is called Train, Validation or Test gives its split.

    Args:
        images: the folder that has the classes' folders in it, at any depth.
        known: whether a folder's name stands for a label.
        problems: takes in folders of unknown names, and those of a label that are empty.
    """
    strangers: dict[str, int] = {}
    for path in picture_paths(images):
        folders = path.relative_to(images).parent.parts
        name = next((folder for folder in reversed(folders) if known(folder)), None)
        if name is None:
            place = "/".join(folders) or "."
            strangers[place] = strangers.get(place, 0) + 1
            continue
        split = next((SPLIT_FOLDERS[f.lower()] for f in folders if f.lower() in SPLIT_FOLDERS), None)
        extra = {} if split is None else {"split": split}
        yield RawPhoto(path.relative_to(images).as_posix(), [RawFace(name, None)], extra=extra)
    for place, number in strangers.items():
        problems.add(f"{place}/", f"this folder's name is no known class; {count(number, 'picture')} left out")
    for folder in sorted(path for path in images.rglob("*") if path.is_dir() and known(path.name)):
        if not picture_paths(folder):
            problems.add(f"{folder.relative_to(images).as_posix()}/", "this class is empty: no picture in it")
