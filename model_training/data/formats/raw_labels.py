"""Content of label files, before the picture is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_training.data.formats.box_validation import Box


@dataclass(frozen=True)
class RawFace:
    """One labelled region.

    Args:
        name: as the file has it.
        box: x1, y1, x2, y2; None for the whole of a ready crop.
        ignore: neither face nor background.
        relative: the box is in fractions of the picture's width and height, not in pixels.
    """

    name: str
    box: Box | None
    ignore: bool = False
    relative: bool = False


@dataclass(frozen=True)
class RawPhoto:
    """One labelled picture.

    Args:
        file_name: relative to the folder of pictures, with `/`.
        faces: in the order of the file.
        labelled_wh: width and height of the label file, pixels.
        extra: further fields of the manifest that the file knows: source, session, split, made_from.
    """

    file_name: str
    faces: Sequence[RawFace]
    labelled_wh: tuple[int, int] | None = None
    extra: dict[str, Any] | None = None


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ValueError: it cannot be read or is no JSON; the message does not name it.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError("is no JSON") from error


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Raises:
        ValueError: it cannot be read, or holds something else; the message names it.
    """
    try:
        content = read_json(path)
    except ValueError as error:
        raise ValueError(f"{path} {error}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is no JSON object.")
    return content


def size_of(width: Any, height: Any) -> tuple[int, int] | None:
    """Return a size in a label file; None where it is not positive, as some tools write 0 x 0."""
    try:
        size = int(width), int(height)
    except (TypeError, ValueError):
        return None
    return size if min(size) > 0 else None
