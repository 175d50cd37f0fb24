"""COCO JSON, one file for all pictures, with any names of categories (https://cocodataset.org/#format-data)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_training.data.formats.raw_labels import RawFace, RawPhoto, read_json, size_of
from model_training.data.problems import Problems

EXTRA = ("source", "session", "split", "made_from")


def read_coco_json(labels: Path, images: Path, problems: Problems) -> Iterator[RawPhoto]:
    """Yield every picture of a COCO file.

    Args:
        labels: the file.
        images: folder of the pictures; not read.
        problems: takes in annotations that cannot be used.

    Raises:
        ValueError: the file is none of COCO's; the message does not name it.
    """
    data = read_json(labels)
    try:
        names = {category["id"]: str(category["name"]) for category in data["categories"]}
        listed = [(image["id"], image, str(image["file_name"])) for image in data["images"]]
        annotations = list(data["annotations"])
    except (KeyError, TypeError) as error:
        raise ValueError("is no COCO file: it needs images, annotations and categories") from error
    faces: dict[Any, list[RawFace]] = {number: [] for number, _, _ in listed}
    for position, annotation in enumerate(annotations, start=1):
        try:
            x, y, w, h = (float(v) for v in annotation["bbox"])
            face = RawFace(names[annotation["category_id"]], (x, y, x + w, y + h), bool(annotation.get("iscrowd", 0)))
            faces[annotation["image_id"]].append(face)
        except (KeyError, TypeError, ValueError, AttributeError):
            problems.add(labels.name, f"annotation {position} has no box, or an unknown image or category; left out")
    for number, image, file_name in listed:
        extra = {key: image[key] for key in EXTRA if isinstance(image.get(key), str)}
        yield RawPhoto(file_name, faces[number], size_of(image.get("width"), image.get("height")), extra)
