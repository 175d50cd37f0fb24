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
    entries = (image.entry for image in read_coco(annotations, split))
    return {
        entry["file_name"]: f"group {entry['group']}"
        if entry.get("group") is not None
        else entry.get("made_from", entry["file_name"])
        for entry in entries
    }
