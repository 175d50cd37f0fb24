"""The part of `python -m webapp annotate` that draws the faces of a picture into a new one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from webapp.config import Settings
from webapp.photos.photo import detect_in_image, photo_limits
from webapp.photos.picture_formats import FORMATS, check_size, encode_picture
from webapp.pipelines import build_photo_pipeline
from webapp.vision.annotate import annotate
from webapp.vision.frames import decode_image, sniff_format
from webapp.vision.personal.personal_classifier import PersonalClassifier

_HEADER_BYTES = 64

WRONG_NAME = f"For a picture, OUT must end in {', '.join(list(FORMATS)[:-1])} or {list(FORMATS)[-1]}."


def is_picture(source: Path) -> bool:
    """Return whether a file begins like a picture, whatever its name."""
    with source.open("rb") as file:
        return sniff_format(file.read(_HEADER_BYTES)) is not None


def can_be_written(target: Path) -> bool:
    """Return whether the name says in which format a picture is to be written."""
    return target.suffix.lower() in FORMATS


def annotate_picture(
    source: Path, target: Path, suffix: str, settings: Settings, personal: PersonalClassifier | None = None
) -> tuple[str, int]:
    """Write the picture with its faces, in the size that it has.

    Args:
        source: a picture.
        target: file to write.
        suffix: one for which `can_be_written` holds.
        settings: how faces are detected, and limits.
        personal: a visitor's own classifier.

    Returns:
        The detections as one line of `detect --json`, and the number of faces.

    Raises:
        VisionError: the picture cannot be opened, a model cannot, or OUT's format cannot hold the picture.
        OSError: a file cannot be read or written.
    """
    limits = photo_limits(settings)
    # The whole picture is drawn on, so a large JPEG is not decoded smaller.
    image = decode_image(source.read_bytes(), replace(limits, decode_px=limits.max_px))
    check_size(image.frame, suffix.lower())
    result, detections = detect_in_image(build_photo_pipeline(settings, personal), image)
    target.write_bytes(encode_picture(annotate(image.frame, detections), suffix.lower()))
    return json.dumps({"file": source.name} | result), len(result["faces"])
