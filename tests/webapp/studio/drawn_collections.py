"""Collections of drawn faces, as the page Collect exports them: a ZIP of JPEGs with labelme files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import cv2
import numpy as np

from model_training.data.synthetic_photos import draw_photo
from webapp.vision.detections import LABELS
from webapp.vision.frames import Frame


def drawn_files(each: int = 4, sittings: int = 2, seed: int = 1, labels: int = 3) -> dict[str, bytes]:
    """Return the files of a collection.

    Args:
        each: pictures a state and sitting.
        sittings: how many.
        seed: of the drawing.
        labels: how many of `LABELS` there are.
    """
    rng = np.random.default_rng(seed)
    files: dict[str, bytes] = {"README.md": b"# Labelled pictures\n"}
    for sitting in range(1, sittings + 1):
        counts = [0] * labels
        while min(counts) < each:
            photo = draw_photo(rng)
            label = int(photo.annotations.label[0])
            if label >= labels or counts[label] >= each:
                continue
            counts[label] += 1
            name = f"sitting-{sitting}/{LABELS[label]}-{counts[label]:04d}"
            files |= picture(name, photo.frame, [(LABELS[label], photo.annotations.xyxy[0].tolist())])
    return files


def picture(name: str, frame: Frame, boxes: list[tuple[str, list[float]]]) -> dict[str, bytes]:
    """Return a picture and its labelme file."""
    shapes = [{"label": label, "points": [box[:2], box[2:]], "shape_type": "rectangle"} for label, box in boxes]
    height, width = frame.shape[:2]
    about = {"version": "6.0.0", "flags": {}, "shapes": shapes, "imagePath": f"{name.split('/')[-1]}.jpg"}
    about |= {"imageData": None, "imageHeight": height, "imageWidth": width}
    jpeg = cv2.imencode(".jpg", frame)[1].tobytes()
    return {f"{name}.jpg": jpeg, f"{name}.json": json.dumps(about).encode()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files by name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()
