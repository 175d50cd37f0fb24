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
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.vision.detections import LABELS, FloatArray, IntArray

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, eq=False)
class ManifestPhoto:
    """A photo as the manifest knows it.

    Args:
        file_name: relative to the folder of pictures, with `/`.
        width: pixels.
        height: pixels.
        source: name of the set it comes from.
        xyxy: float32 (n, 4), pixels.
        label: int64 (n,), index into `LABELS`.
        ignore: bool (n,), regions that are neither face nor background.
        session: of one sitting, video or place; None if it stands for itself.
        split: of `SPLITS`, None before splitting.
        group: photos of one number stay in one split; None before splitting.
        made_from: the photo that it was cut or augmented from.
    """

    file_name: str
    width: int
    height: int
    source: str
    xyxy: FloatArray
    label: IntArray
    ignore: NDArray[np.bool_]
    session: str | None = None
    split: str | None = None
    group: int | None = None
    made_from: str | None = None

    def label_counts(self) -> IntArray:
        """Return how many faces carry each label, int64 (3,); ignored regions do not count."""
        return np.bincount(self.label[~self.ignore], minlength=len(LABELS)).astype(np.int64)


def write_manifest(path: Path, photos: Sequence[ManifestPhoto]) -> None:
    """Write photos as a manifest."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, photo in enumerate(photos, start=1):
        image: dict[str, Any] = {"id": number}
        for name in ("file_name", "width", "height", "source"):
            image[name] = getattr(photo, name)
        for name in ("session", "split", "group", "made_from"):
            if getattr(photo, name) is not None:
                image[name] = getattr(photo, name)
        images.append(image)
        for xyxy, label, ignore in zip(photo.xyxy.tolist(), photo.label, photo.ignore, strict=True):
            x, y, w, h = (round(v, 2) for v in (xyxy[0], xyxy[1], xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]))
            annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": int(label) + 1}
            annotations.append(annotation | {"bbox": [x, y, w, h], "area": round(w * h, 2), "iscrowd": int(ignore)})
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(LABELS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}) + "\n")


def read_manifest(path: Path) -> list[ManifestPhoto]:
    """Read a manifest, or any COCO file whose categories are `LABELS`.

    Raises:
        ValueError: it is not there or no such file; the message names it.
    """
    try:
        data = json.loads(path.read_text())
        names = {category["id"]: category["name"] for category in data["categories"]}
        if unknown := set(names.values()) - set(LABELS):
            raise ValueError(f"unknown categories {sorted(unknown)}, `label --format coco` translates them")
        faces: dict[Any, list[dict[str, Any]]] = {image["id"]: [] for image in data["images"]}
        for face in data["annotations"]:
            faces[face["image_id"]].append(face)
        return [_photo(image, faces[image["id"]], names, path.stem) for image in data["images"]]
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        missing = f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path} is no manifest: {missing}") from error


def _photo(image: dict[str, Any], faces: list[dict[str, Any]], names: dict[int, str], source: str) -> ManifestPhoto:
    xywh = np.array([face["bbox"] for face in faces], np.float32).reshape(-1, 4)
    return ManifestPhoto(
        image["file_name"],
        int(image["width"]),
        int(image["height"]),
        image.get("source", source),
        np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]),
        np.array([LABELS.index(names[face["category_id"]]) for face in faces], np.int64),
        np.array([bool(face.get("iscrowd", 0)) for face in faces], bool),
        image.get("session"),
        image.get("split"),
        image.get("group"),
        image.get("made_from"),
    )
