"""The manifest: the one format in which stages hand labelled photos on. It is COCO JSON with a few more fields.

    {"images": [{"id", "file_name", "width", "height", "source", …}],
     "annotations": [{"id", "image_id", "category_id", "bbox": [x, y, w, h], "area", "iscrowd"}],
     "categories": [{"id": 1, "name": "with_mask"}, …]}

`file_name` is relative to the folder of pictures that goes with the manifest. Boxes are in pixels of the picture as it
is meant to be seen (EXIF rotation applied). `iscrowd` marks regions to ignore: neither face nor background. An image
may have these besides, which other readers of COCO pass over:

    session     photos of one sitting, video or place, which a split keeps together
    split       "train", "val" or "test"
    group       number of the photos that must stay in one split
    made_from   file_name of the photo that this one was cut or augmented from

An annotation may have `label_probs`, the probability of each label, which `pseudo-label` writes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_training.data.annotations import Annotations, Photo
from model_training.data.labels import one_hot
from webapp.vision.detections import LABELS

SPLITS = ("train", "val", "test")


def read_coco(annotations: Path, split: str | None = None, images: Path = Path()) -> list[Photo]:
    """Read the photos of a manifest, or of any COCO file whose categories are `LABELS`, without their pictures.

    Args:
        annotations: the file.
        split: of `SPLITS`: photos of another split are skipped.
        images: folder of the photos; not needed where none is read.

    Returns:
        The photos in the order of the file; the source of those without one is the file's name.

    Raises:
        ValueError: it is not there or no such file, or a category is unknown; the message names it.
    """
    try:
        data = json.loads(annotations.read_text(encoding="utf-8"))
        names = {c["id"]: c["name"] for c in data["categories"]}
        if unknown := set(names.values()) - set(LABELS):
            raise ValueError(f"it has the unknown categories {sorted(unknown)}, `label --format coco` translates them")
        by_image: dict[Any, list[dict[str, Any]]] = {}
        for face in data["annotations"]:
            by_image.setdefault(face["image_id"], []).append(face)
        return [
            _photo({"source": annotations.stem, **entry}, _annotations(by_image.get(entry["id"], []), names), images)
            for entry in data["images"]
            if split is None or entry.get("split", split) == split
        ]
    except OSError as error:
        raise ValueError(f"{annotations} cannot be read: {error.strerror}.") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{annotations} is not COCO JSON with our labels: {reason}.") from error


def _photo(entry: dict[str, Any], annotations: Annotations, images: Path) -> Photo:
    if not isinstance(entry["file_name"], str):
        raise TypeError(f"the file name {entry['file_name']!r} is no text")
    if missing := {"width", "height"} - set(entry):
        raise ValueError(f"{entry['file_name']} lacks {' and '.join(sorted(missing))}")
    return Photo(
        entry["file_name"],
        (int(entry["width"]), int(entry["height"])),
        annotations,
        entry["source"],
        entry.get("session"),
        entry.get("split"),
        entry.get("group"),
        entry.get("made_from"),
        images,
    )


def _annotations(faces: Sequence[dict[str, Any]], names: dict[int, str]) -> Annotations:
    label = np.array([LABELS.index(names[face["category_id"]]) for face in faces], np.int64)
    label_probs = None
    if any("label_probs" in face for face in faces):
        rows = [face.get("label_probs", certain) for face, certain in zip(faces, one_hot(label), strict=True)]
        label_probs = np.array(rows, np.float32).reshape(len(faces), len(LABELS))
    xywh = np.array([face["bbox"] for face in faces], np.float32).reshape(len(faces), 4)
    xyxy = np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])
    return Annotations(xyxy, label, np.array([bool(face.get("iscrowd", 0)) for face in faces], bool), label_probs)


def write_coco(path: Path, photos: Sequence[Photo]) -> None:
    """Write photos as a manifest; label probabilities are not written."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, photo in enumerate(photos, start=1):
        width, height = photo.resolution_wh
        image = {"id": number, "file_name": photo.file_name, "width": width, "height": height, "source": photo.source}
        for name in ("session", "split", "group", "made_from"):
            if getattr(photo, name) is not None:
                image[name] = getattr(photo, name)
        images.append(image)
        faces = photo.annotations
        for xyxy, label, ignore in zip(faces.xyxy.tolist(), faces.label, faces.ignore, strict=True):
            x, y, w, h = (round(v, 2) for v in (xyxy[0], xyxy[1], xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]))
            annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": int(label) + 1}
            annotations.append(annotation | {"bbox": [x, y, w, h], "area": round(w * h, 2), "iscrowd": int(ignore)})
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(LABELS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}) + "\n")
