"""Made-up photos whose faces are red rectangles, so that a test can see where they are."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from webapp.vision.detections import LABELS
from webapp.vision.frames import Frame

GROUND = np.array([120, 90, 40])
RED = (30, 30, 230)

SCENES = (
    ((320, 240), [[100, 60, 180, 160]]),
    ((240, 320), [[20, 200, 100, 300]]),
    ((320, 240), [[30, 30, 80, 90], [220, 120, 280, 200]]),
    ((400, 300), [[300, 40, 330, 70]]),  # too small for the whole photo
    ((200, 200), []),
)
EMPTY_NAMES = ("0.jpg", "1.jpg", "2.jpg", "8.jpg")
"""The last one belongs to the half that is held out."""


def painted_set(folder: Path) -> Path:
    """Write each scene once for `train` and once for `val`, and photos without faces into `empty`.

    Returns:
        The COCO file; its photos lie beside it.
    """
    data: dict[str, list[dict[str, object]]] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": k + 1, "name": name} for k, name in enumerate(LABELS)],
    }
    for split in ("train", "val"):
        for wh, faces in SCENES:
            number = len(data["images"])
            cv2.imwrite(str(folder / f"{number}.png"), painted(wh, faces))
            entry = {"id": number, "file_name": f"{number}.png", "width": wh[0], "height": wh[1]}
            data["images"].append(entry | {"source": "paint", "split": split})
            for x1, y1, x2, y2 in faces:
                face = {"image_id": number, "category_id": 2, "bbox": [x1, y1, x2 - x1, y2 - y1]}
                data["annotations"].append(face | {"id": len(data["annotations"])})
    (folder / "empty").mkdir(exist_ok=True)
    for name in EMPTY_NAMES:
        cv2.imwrite(str(folder / "empty" / name), np.full((120, 160, 3), 150, np.uint8))
    path = folder / "faces.json"
    path.write_text(json.dumps(data))
    return path


def painted(wh: tuple[int, int], faces: list[list[int]]) -> Frame:
    """Return a picture with red rectangles, uint8 (H, W, 3) BGR."""
    frame = np.zeros((wh[1], wh[0], 3), np.uint8)
    frame[:] = GROUND
    for x1, y1, x2, y2 in faces:
        frame[y1:y2, x1:x2] = RED
    return frame


def seen_box(frame: Frame) -> list[int] | None:
    """Return where a picture is red, None if it is nowhere."""
    blue, green, red = (frame[..., k].astype(int) for k in range(3))
    rows, columns = np.nonzero(red - np.maximum(blue, green) > 60)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if len(rows) else None
