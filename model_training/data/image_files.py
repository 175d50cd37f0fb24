"""Image files in folders: list them, read them, detect broken ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from PIL import Image

from webapp.vision.frames import Frame

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
PREVIEW_NAME = "preview.jpg"
"""What `collect` shows and does not keep; no stage takes it for a photo."""

JPEG_QUALITY = 95

NO_PICTURE = "this cannot be read as a picture"


def picture_paths(folder: Path) -> list[Path]:
    """Return the pictures of a folder and of the folders in it, sorted; hidden files and previews are none."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.name != PREVIEW_NAME and not path.name.startswith(".")
    )


def some_picture_paths(folder: Path) -> list[Path]:
    """Return `picture_paths`, and refuse a folder that has none: its name may be misspelt.

    Raises:
        ValueError: there is no such folder, or no picture in it; the message names it.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    paths = picture_paths(folder)
    if not paths:
        raise ValueError(f"There is no picture in {folder}.")
    return paths


def group_by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    """Group names of pictures by what a label file beside them would be called: a.jpg and a.png lie side by side."""
    by_stem: dict[str, list[str]] = {}
    for name in names:
        by_stem.setdefault(PurePosixPath(name).with_suffix("").as_posix(), []).append(name)
    return by_stem


def same_stem(name: str, names: Sequence[str]) -> str:
    """Return what is wrong with a picture whose label file may be another one's.

    Args:
        name: of the picture.
        names: of the pictures with its stem, see `group_by_stem`; the first other one is named.
    """
    other = next(each for each in names if each != name)
    return f"has the same name as {PurePosixPath(other).name} but for its suffix"


def read_bgr(path: Path) -> Frame:
    """Read a picture, uint8 (H, W, 3) BGR, EXIF rotation applied.

    Raises:
        ValueError: it cannot be read; the message names it.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} cannot be read as a picture")
    return image.astype(np.uint8)


def check_whole(path: Path) -> None:
    """Refuse a picture that `read_bgr` could not read, or whose end is missing.

    Raises:
        ValueError: it is not there, no picture, or cut off; the message gives the reason, without the name.
    """
    try:
        # OpenCV fills the missing part of a truncated JPEG with grey without an error; Pillow raises one.
        with Image.open(path) as image:
            image.draft("L", (max(image.width // 8, 1), max(image.height // 8, 1)))
            image.load()
    except FileNotFoundError as error:
        raise ValueError("there is no such picture") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        cut = "truncated" in str(error)
        raise ValueError("the picture is cut off" if cut else NO_PICTURE) from error
    if not cv2.haveImageReader(str(path)):
        raise ValueError(NO_PICTURE)


def read_whole(path: Path) -> Frame:
    """Read a picture as training will, and refuse one whose end is missing.

    Returns:
        uint8 (H, W, 3) BGR, EXIF rotation applied.

    Raises:
        ValueError: see `check_whole`.
    """
    check_whole(path)
    try:
        return read_bgr(path)
    except ValueError as error:
        raise ValueError(NO_PICTURE) from error


def write_jpeg(path: Path, frame: Frame) -> None:
    """Write a frame, uint8 (H, W, 3) BGR; a picture that is there is whole, whatever interrupts this.

    Raises:
        OSError: there is no room or no right to write.
    """
    data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
