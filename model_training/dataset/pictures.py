"""Pictures in folders: find them, and tell whole ones from broken ones."""

from __future__ import annotations

from pathlib import Path

import cv2
from PIL import Image

from model_training.photos import read_bgr
from webapp.vision.crops import Frame

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
PREVIEW_NAME = "preview.jpg"
"""What `collect` shows and does not keep; no stage takes it for a photo."""

JPEG_QUALITY = 95


def picture_paths(folder: Path) -> list[Path]:
    """Return the pictures of a folder and of the folders in it, sorted; hidden files and previews are none."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.name != PREVIEW_NAME and not path.name.startswith(".")
    )


def read_whole(path: Path) -> Frame:
    """Read a picture as training will, and refuse one whose end is missing.

    Returns:
        uint8 (H, W, 3) BGR, EXIF rotation applied.

    Raises:
        ValueError: it is not there, no picture, or cut off; the message says which, without the name.
    """
    try:
        # OpenCV fills the missing part of a cut JPEG with grey and says nothing; Pillow tells.
        with Image.open(path) as image:
            image.draft("L", (max(image.width // 8, 1), max(image.height // 8, 1)))
            image.load()
        return read_bgr(path)
    except FileNotFoundError as error:
        raise ValueError("there is no such picture") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        cut = "truncated" in str(error)
        raise ValueError("the picture is cut off" if cut else "this cannot be read as a picture") from error


def write_jpeg(path: Path, frame: Frame) -> None:
    """Write a frame, uint8 (H, W, 3) BGR; a picture that is there is whole, whatever interrupts this.

    Raises:
        OSError: there is no room or no right to write.
    """
    data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
