"""Made-up photos of people near the camera: faces large enough for close windows, as red rectangles."""

from __future__ import annotations

import json
from pathlib import Path

import cv2

from tests.model_training.painted_faces import painted
from webapp.vision.detections import LABELS

SCENES = (
    ((480, 360), [[150, 90, 290, 270]]),
    ((360, 480), [[100, 140, 250, 330]]),
    ((480, 360), [[200, 60, 330, 240]]),
    ((480, 360), [[20, 20, 44, 50], [240, 100, 380, 280]]),
)


def near_set(folder: Path, split: str) -> Path:
    """Write the scenes as photos of one split; return the COCO file, its photos lie beside it."""
    images, faces = [], []
    for number, (wh, boxes) in enumerate(SCENES):
        name = f"near-{split}-{number}.png"
        cv2.imwrite(str(folder / name), painted(wh, boxes))
        images.append({"id": number, "file_name": name, "width": wh[0], "height": wh[1], "source": "near"})
        faces += [
            {"id": len(faces) + k, "image_id": number, "category_id": 2, "bbox": [x1, y1, x2 - x1, y2 - y1]}
            for k, (x1, y1, x2, y2) in enumerate(boxes)
        ]
    path = folder / f"near-{split}.json"
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(LABELS)]
    images = [image | {"split": split} for image in images]
    path.write_text(json.dumps({"images": images, "annotations": faces, "categories": categories}))
    return path


def crop_folder(folder: Path) -> Path:
    """Write ready crops into `WithMask` and `WithoutMask`, a few of each; return the folder."""
    for name, shade in (("WithMask", 200), ("WithoutMask", 90)):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            frame = painted((64, 80), [[0, 0, 64, 80]])
            frame[40 + 6 * number :, 10:54] = shade
            cv2.imwrite(str(folder / name / f"{number}.png"), frame)
    return folder
