"""Propose boxes of the app's detector as labelme JSON, for a person to correct."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from model_training.data.formats.labelme import picture_name
from model_training.data.image_files import group_by_stem, picture_paths, read_whole, same_stem
from model_training.data.problems import Problems
from model_training.data.progress import progress
from webapp.config import load_settings
from webapp.pipelines import build_photo_pipeline
from webapp.vision.detections import LABELS, Detections

LABELME_VERSION = "6.0.0"
"""Whose format the files have; labelme opens older ones and newer ones alike."""


def prelabel(images: Path, labels: Path, min_score: float | None, problems: Problems) -> tuple[int, int]:
    """Write a labelme file for every picture that has none; what a person has corrected is never touched.

    Args:
        images: folder of the pictures.
        labels: folder of the files, arranged as the pictures are.
        min_score: lowest detection score, 0 to 1; None for the app's own.
        problems: takes in pictures that cannot be read, and those whose label file is another picture's.

    Returns:
        How many files were written, and how many faces are in them.

    Raises:
        ModelError: the app's models cannot be loaded.
        ValueError: a setting in the environment does not fit.
    """
    # The app's own settings: MASK_MIRROR_DETECTOR and MASK_MIRROR_MULTIFACE select the detector.
    pipeline = build_photo_pipeline(load_settings(os.environ))
    written = faces = 0
    paths = picture_paths(images)
    by_stem = group_by_stem(path.relative_to(images).as_posix() for path in paths)
    for path in progress(paths, "photo"):
        name = path.relative_to(images)
        file, alike = labels / name.with_suffix(".json"), by_stem[name.with_suffix("").as_posix()]
        if file.exists():
            # Of a.jpg and a.png, a.json is the file of the one that it names.
            if len(alike) > 1 and picture_name(file) != path.name:
                problems.add(name.as_posix(), f"{same_stem(name.as_posix(), alike)}; nothing proposed")
            continue
        try:
            frame = read_whole(path)
        except ValueError as error:
            problems.add(name.as_posix(), f"{error}; nothing proposed")
            continue
        found = pipeline.run(frame, min_score)
        file.parent.mkdir(parents=True, exist_ok=True)
        picture = os.path.relpath(path.resolve(), file.parent.resolve())
        data = labelme_json(found, Path(picture).as_posix(), (frame.shape[1], frame.shape[0]))
        # Whole or not at all: half a file would be taken for one that a person has corrected.
        draft = file.with_name(f"{file.name}.part")
        draft.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(file)
        written, faces = written + 1, faces + len(found)
    return written, faces


def labelme_json(found: Detections, picture: str, resolution_wh: tuple[int, int]) -> dict[str, Any]:
    """Return what labelme reads: a rectangle a face, the scores as its description.

    Args:
        found: labelled faces.
        picture: path of the picture, relative to the file.
        resolution_wh: width and height of the picture, pixels.
    """
    shapes: list[dict[str, Any]] = []
    label = found.label if found.label is not None else [0] * len(found)
    for i, (x1, y1, x2, y2) in enumerate([round(v, 1) for v in row] for row in found.xyxy.tolist()):
        shapes.append(
            {
                "label": LABELS[int(label[i])],
                "points": [[x1, y1], [x2, y2]],
                "group_id": None,
                "description": f"proposed, face {found.detection_score[i]:.0%}",
                "shape_type": "rectangle",
                "flags": {},
                "mask": None,
            }
        )
    width, height = resolution_wh
    return {
        "version": LABELME_VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": picture,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
