"""labelme JSON, one file a picture and beside it; a picture without one has no face.

Where a.jpg and a.png lie side by side, a.json belongs to the one that it names; the other is left out.

https://github.com/wkentaro/labelme: shapes are rectangles, polygons, circles and more; their points come in any order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model_training.data.formats.box_validation import Box
from model_training.data.formats.raw_labels import RawFace, RawPhoto, read_json, size_of
from model_training.data.image_files import group_by_stem, picture_paths, same_stem
from model_training.data.problems import Problems


def read_labelme(labels: Path, images: Path, problems: Problems) -> Iterator[RawPhoto]:
    """Yield every picture with its shapes.

    Args:
        labels: folder of the JSON files, arranged as the pictures are.
        images: folder of the pictures.
        problems: takes in files and shapes that cannot be used.
    """
    pictures = [path.relative_to(images).as_posix() for path in picture_paths(images)]
    by_stem = group_by_stem(pictures)
    of_picture = _label_files(labels, by_stem, problems)
    alike = {name: names for names in by_stem.values() for name in names}
    for name in pictures:
        if name not in of_picture and len(alike[name]) > 1:
            # The one with a label file first: the others are listed beside it.
            problems.add(name, f"{same_stem(name, sorted(alike[name], key=lambda n: n not in of_picture))}; left out")
            continue
        if name not in of_picture:
            yield RawPhoto(name, ())
            continue
        file = of_picture[name]
        try:
            data = read_json(file)
            yield RawPhoto(name, list(_faces(data, file.name, problems)), _size(data))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = str(error) if type(error) is ValueError else "is no labelme file"
            problems.add(file.relative_to(labels).as_posix(), f"{reason}; its picture is left out")


def _label_files(labels: Path, by_stem: Mapping[str, Sequence[str]], problems: Problems) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in sorted(labels.rglob("*.json")):
        stem = file.relative_to(labels).with_suffix("").as_posix()
        candidates = by_stem.get(stem, [])
        # a.jpg and a.png may lie side by side: then the file names its picture.
        if len(candidates) > 1:
            candidates = [name for name in candidates if Path(name).name == picture_name(file)]
        if candidates:
            found[candidates[0]] = file
        else:
            problems.add(file.relative_to(labels).as_posix(), "there is no picture to this label file")
    return found


def picture_name(file: Path) -> str | None:
    """Return the name, without folders, of the picture that a label file names; None where it names none."""
    try:
        return str(read_json(file)["imagePath"]).replace("\\", "/").rsplit("/", 1)[-1]
    except (KeyError, TypeError, ValueError):
        return None


def _size(data: dict[str, Any]) -> tuple[int, int] | None:
    return size_of(data.get("imageWidth"), data.get("imageHeight"))


def _faces(data: dict[str, Any], file_name: str, problems: Problems) -> Iterator[RawFace]:
    for number, shape in enumerate(data["shapes"], start=1):
        try:
            name, box = shape["label"], _box(shape)
        except (KeyError, TypeError, ValueError, AttributeError):
            problems.add(file_name, f"shape {number} has no label or no points; left out")
            continue
        if not isinstance(name, str) or not name.strip():
            problems.add(file_name, f"shape {number} has no label; left out")
            continue
        yield RawFace(name, box)


def _box(shape: dict[str, Any]) -> Box:
    points = [(float(x), float(y)) for x, y in shape["points"]]
    if shape.get("shape_type") == "circle" and len(points) == 2:
        # labelme keeps a circle as its centre and a point on its edge.
        (x, y), edge = points[0], points[1]
        radius = math.dist((x, y), edge)
        return x - radius, y - radius, x + radius, y + radius
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
