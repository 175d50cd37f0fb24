"""Folders of made-up photos, each unlike the others, for tests of the stages before training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.data.annotations import Annotations, Photo
from webapp.vision.frames import Frame


def scene(seed: int, width: int = 160, height: int = 120) -> Frame:
    """Return coloured clouds, uint8 (height, width, 3) BGR: another seed gives no near-duplicate."""
    clouds = np.random.default_rng(seed).uniform(0, 255, (9, 12, 3)).astype(np.float32)
    return np.clip(cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def write_picture(path: Path, frame: Frame, quality: int = 92) -> Path:
    """Write a picture, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), frame, [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else [])
    return path


def cut_off(path: Path, fraction: float) -> Path:
    """Leave so much of a picture's file and no more."""
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * fraction)])
    return path


def listed(
    file_name: str,
    faces: Sequence[tuple[float, float, float, float, int]] = ((40, 30, 100, 90, 0),),
    size: tuple[int, int] = (160, 120),
    session: str | None = None,
    split: str | None = None,
    made_from: str | None = None,
) -> Photo:
    """Return a photo of a manifest whose faces are `(x1, y1, x2, y2, label)`."""
    xyxy = np.array([face[:4] for face in faces], np.float32).reshape(-1, 4)
    annotations = Annotations(xyxy, np.array([face[4] for face in faces], np.int64), np.zeros(len(faces), bool))
    return Photo(file_name, size, annotations, "made up", session=session, split=split, made_from=made_from)


def family(folder: Path, seed: int) -> list[str]:
    """Write a scene and what people and programs make of it; return the files' names."""
    frame = scene(seed)
    brighter = cv2.convertScaleAbs(frame, alpha=0.8, beta=45)
    half = cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    kinds = {"original": frame, "mirror": frame[:, ::-1], "brighter": brighter, "half": half}
    for kind, picture in kinds.items():
        write_picture(folder / f"{seed}-{kind}.jpg", picture.astype(np.uint8), 60 if kind == "half" else 92)
    return [f"{seed}-{kind}.jpg" for kind in kinds]


def stage(*arguments: str | Path) -> int:
    """Run a stage; return its exit status."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 1
    return 0


def refused(*arguments: str | Path) -> str:
    """Run a stage that must not begin its work; return what it says."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert isinstance(stopped.value.code, str)
    return stopped.value.code
