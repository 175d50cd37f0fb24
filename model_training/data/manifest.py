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

from model_training.data.coco import CocoImage, read_coco
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
        ValueError: see `read_coco`, or a photo has no size; the message names the file.
    """
    return [_photo(image, path) for image in read_coco(path)]


def _photo(image: CocoImage, path: Path) -> ManifestPhoto:
    entry = image.entry
    if missing := {"width", "height"} - set(entry):
        raise ValueError(f"{path}: {entry['file_name']} lacks {' and '.join(sorted(missing))}.")
    xywh = image.xywh.astype(np.float32)
    return ManifestPhoto(
        entry["file_name"],
        int(entry["width"]),
        int(entry["height"]),
        entry.get("source", path.stem),
        np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]),
        image.label,
        image.ignore,
        entry.get("session"),
        entry.get("split"),
        entry.get("group"),
        entry.get("made_from"),
    )
