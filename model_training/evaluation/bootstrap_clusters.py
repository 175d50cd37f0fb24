"""Bootstrap clusters: pictures that are not independent of each other."""

from __future__ import annotations

from pathlib import Path

from model_training.data.coco import read_coco


def picture_clusters(annotations: Path, split: str | None = None) -> dict[str, str]:
    """Return the name of each picture's cluster, by its file name.

    That is the manifest's `group`, near-duplicates and sittings; else the photo that a crop was cut from; else the
    picture itself.

    Args:
        annotations: COCO JSON, or a manifest.
        split: see `read_coco`.
    """
    return {
        photo.file_name: photo.made_from or photo.file_name if photo.group is None else f"group {photo.group}"
        for photo in read_coco(annotations, split)
    }
