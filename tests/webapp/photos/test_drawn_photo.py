"""The picture with its faces that a photo's answer may bring along."""

from __future__ import annotations

import numpy as np
import pytest

from webapp.photos.photo import annotated_png
from webapp.vision.detections import Detections
from webapp.vision.errors import ImageTooLarge
from webapp.vision.frames import DecodedImage
from webapp.vision.label_bitmaps import label


def drawn(width: int, height: int) -> bytes:
    faces = Detections(
        np.array([[10, 10, 200, 200]], np.float32), np.ones(1, np.float32), np.zeros(1, int), np.ones(1, np.float32)
    )
    frame = np.zeros((height, width, 3), np.uint8)
    return annotated_png(DecodedImage(frame, width, height), faces, 10_000_000)


def test_no_label_of_a_photo_is_kept() -> None:
    assert drawn(400, 300).startswith(b"\x89PNG")
    assert label.cache_info().currsize == 0


def test_a_picture_that_png_cannot_hold_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match=r"^A picture of this size cannot be written as PNG\.$"):
        drawn(1_000_001, 2)
