"""One photo: from its bytes to the body of `POST /api/v1/detect` and of `detect --json`. No Flask."""

from __future__ import annotations

from typing import Any

from webapp.config import Settings
from webapp.protocol import faces_json
from webapp.vision.frames import JPEG, PNG, WEBP, ImageLimits, decode_image
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
    image = decode_image(data, limits)
    detections = pipeline.run(image.frame, score_threshold)
    model = pipeline.describe()
    if score_threshold is not None:
        model["score_threshold"] = score_threshold
    faces = faces_json(detections.with_boxes(image.to_picture(detections.xyxy)))
    return {"width": image.width, "height": image.height, "faces": faces, "model": model}
