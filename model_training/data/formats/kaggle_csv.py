"""The CSV of Kaggle's "Face Mask Detection Dataset", one line a box, in pixels.

Its header reads `name,x1,x2,y1,y2,classname`, but the values stand in the order x1, y1, x2, y2:
`2756.png,505,10,723,283,…` is a face from (505, 10) to (723, 283). They are taken by their place; the names of the
header's second to fifth column are not used. Pictures without a line are not labelled (the set's test pictures lie
among them), which is not the same as "no face".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from model_training.data.formats.raw_labels import RawFace, RawPhoto
from model_training.data.problems import Problems

COLUMNS = 6
ACCESSORIES = (
    *("hijab_niqab", "scarf_bandana", "balaclava_ski_mask", "turban", "helmet", "hat", "hood", "hair_net"),
    *("mask_colorful", "mask_surgical", "gas_mask", "face_shield", "goggles", "sunglasses", "eyeglasses", "other"),
)
"""Classes of the set that are no faces, but what people wear on them; each has a box of its own."""


def read_kaggle_csv(labels: Path, images: Path, problems: Problems) -> Iterator[RawPhoto]:
    """Yield every picture that has a line.

    Args:
        labels: the CSV file.
        images: folder of the pictures; not read.
        problems: takes in lines that cannot be used.

    Raises:
        ValueError: the file has another form; the message does not name it.
    """
    faces: dict[str, list[RawFace]] = {}
    try:
        with labels.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            header = [name.strip().lower() for name in next(lines, [])]
            if len(header) != COLUMNS or header[0] != "name" or header[-1] != "classname":
                raise ValueError("does not begin with the line name,x1,x2,y1,y2,classname")
            for line in lines:
                _take(line, f"{labels.name}, line {lines.line_num}", faces, problems)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError("is no CSV file") from error
    for name, found in faces.items():
        yield RawPhoto(name, found)


def _take(line: list[str], place: str, faces: dict[str, list[RawFace]], problems: Problems) -> None:
    if not line:
        return
    if len(line) != COLUMNS or not line[0].strip():
        problems.add(place, f"has {len(line)} values, or no name; {COLUMNS} are needed")
        return
    found = faces.setdefault(line[0].strip(), [])
    if not line[-1].strip():
        problems.add(place, "has no label; left out")
        return
    try:
        x1, y1, x2, y2 = (float(v) for v in line[1:5])
    except ValueError:
        problems.add(place, "has a box without numbers; left out")
        return
    found.append(RawFace(line[-1].strip(), (x1, y1, x2, y2)))
