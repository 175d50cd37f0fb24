"""One photo: from its bytes to the body of `POST /api/v1/detect` and of `detect --json`. No Flask."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from webapp.config import Settings
from webapp.photos.picture_formats import encode_picture
from webapp.protocol import faces_json
from webapp.vision.annotate import annotate
from webapp.vision.boxes import scale_boxes
from webapp.vision.detections import Detections
from webapp.vision.frames import JPEG, PNG, WEBP, DecodedImage, ImageLimits, decode_image
from webapp.vision.label_bitmaps import label
from webapp.vision.pipeline import Pipeline

PHOTO_FORMATS = (JPEG, PNG, WEBP)


def photo_limits(settings: Settings) -> ImageLimits:
    """Return the limits of a photo."""
    return ImageLimits(
        settings.image_max_bytes,
        settings.image_max_px,
        settings.image_full_px,
        settings.image_decode_px,
        PHOTO_FORMATS,
    )


def detect_in_photo(
    pipeline: Pipeline, data: bytes, limits: ImageLimits, score_threshold: float | None = None
) -> dict[str, Any]:
    """Detect and label the faces of one encoded picture.

    Args:
        pipeline: used by this call alone.
        data: JPEG, PNG or WebP.
        limits: see `ImageLimits`.
        score_threshold: in [0, 1]; None for the pipeline's own.

    Returns:
        `{"width", "height", "faces", "model"}`, boxes in pixels of the upright picture.

    Raises:
        VisionError: the picture cannot be accepted or decoded.
    """
    return detect_in_image(pipeline, decode_image(data, limits), score_threshold)[0]


def detect_in_image(
    pipeline: Pipeline, image: DecodedImage, score_threshold: float | None = None
) -> tuple[dict[str, Any], Detections]:
    """Detect and label the faces of one decoded picture.

    Args:
        pipeline: used by this call alone.
        image: see `decode_image`.
        score_threshold: in [0, 1]; None for the pipeline's own.

    Returns:
        See `detect_in_photo`; and the faces with boxes in pixels of the frame.
    """
    detections = pipeline.run(image.frame, score_threshold)
    model = pipeline.describe()
    if score_threshold is not None:
        model["score_threshold"] = score_threshold
    faces = faces_json(detections.with_boxes(image.to_picture(detections.xyxy)))
    return {"width": image.width, "height": image.height, "faces": faces, "model": model}, detections


def annotated_png(image: DecodedImage, detections: Detections, max_px: int) -> bytes:
    """Return the picture with its faces, as PNG.

    Args:
        image: see `decode_image`.
        detections: labelled, boxes in pixels of its frame.
        max_px: a larger frame is scaled down.

    Raises:
        ImageTooLarge: PNG cannot hold a picture so long.
    """
    height, width = image.frame.shape[:2]
    scale = min(1.0, math.sqrt(max_px / (width * height)))
    frame = image.frame
    if scale < 1:
        size = (max(1, int(width * scale)), max(1, int(height * scale)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        detections = detections.with_boxes(scale_boxes(detections.xyxy, size[0] / width, size[1] / height))
    try:
        return encode_picture(annotate(frame, detections), ".png")
    finally:
        # The next photo has another size, so it needs other labels.
        label.cache_clear()
