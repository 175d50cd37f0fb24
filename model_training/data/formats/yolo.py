"""YOLO text: one file a picture, one line a face, in fractions of the picture's sides; no file means no face.

A line is `class x y width height` (centre and size), with a score behind it if a detector wrote it, or
`class x1 y1 x2 y2 x3 y3 …`, an outline. `classes.txt` has a name a line; without it a class is called by its number.
A file names no picture, so of a.jpg and a.png side by side neither is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_training.data.formats.box_validation import Box
from model_training.data.formats.raw_labels import RawFace, RawPhoto
from model_training.data.image_files import group_by_stem, picture_paths, same_stem
from model_training.data.problems import Problems

CLASSES = "classes.txt"


def read_yolo(labels: Path, images: Path, problems: Problems) -> Iterator[RawPhoto]:
    """Yield every picture with its lines.

    Args:
        labels: folder of the text files, arranged as the pictures are.
        images: folder of the pictures.
        problems: takes in files and lines that cannot be used.
    """
    names = _class_names(labels, images)
    pictures = group_by_stem(path.relative_to(images).as_posix() for path in picture_paths(images))
    for file in sorted(labels.rglob("*.txt")):
        stem = file.relative_to(labels).with_suffix("").as_posix()
        if file.name != CLASSES and stem not in pictures:
            problems.add(file.relative_to(labels).as_posix(), "there is no picture to this label file")
    found = set[str]()
    for stem, (picture, *others) in pictures.items():
        if others:
            for name in (picture, *others):
                problems.add(name, f"{same_stem(name, [picture, *others])}; left out")
            continue
        file = labels / f"{stem}.txt"
        try:
            text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
        except (OSError, UnicodeDecodeError):
            problems.add(f"{stem}.txt", "cannot be read as text; its picture is left out")
            continue
        faces = list(_faces(text, f"{stem}.txt", names, problems))
        found.update(face.name for face in faces)
        yield RawPhoto(picture, faces)
    for name in names:
        if name not in found:
            problems.add(CLASSES, f"the class {name} is empty: no line has it")


def _class_names(labels: Path, images: Path) -> list[str]:
    for folder in (labels, labels.parent, images, images.parent):
        if (folder / CLASSES).is_file():
            lines = (folder / CLASSES).read_text(encoding="utf-8-sig").splitlines()
            return [line.strip() for line in lines if line.strip()]
    return []


def _faces(text: str, file_name: str, names: list[str], problems: Problems) -> Iterator[RawFace]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            kind, *values = line.split()
            index, box = int(kind), _box([float(v) for v in values])
        except ValueError:
            problems.add(file_name, f"line {number} is not `class x y width height`; left out")
            continue
        if names and not 0 <= index < len(names):
            problems.add(file_name, f"line {number} has the unknown class {index}; left out")
            continue
        yield RawFace(names[index] if names else str(index), box, relative=True)


def _box(values: list[float]) -> Box:
    if len(values) in (4, 5):
        x, y, w, h = values[:4]
        return x - w / 2, y - h / 2, x + w / 2, y + h / 2
    if len(values) < 6 or len(values) % 2:
        raise ValueError("neither a box nor an outline")
    return min(values[0::2]), min(values[1::2]), max(values[0::2]), max(values[1::2])
