"""REST: `POST /api/v1/detect` and the OpenAPI document."""

from __future__ import annotations

import time

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, TooLarge, UnsupportedMedia, from_vision
from webapp.images import look_at_photo, photo_limits
from webapp.inference import Inference
from webapp.metrics import Metrics
from webapp.openapi import openapi_document
from webapp.vision.errors import VisionError

RAW_TYPES = ("image/jpeg", "image/png", "image/webp")
FORM_OVERHEAD_BYTES = 10_000


def create_api(settings: Settings, inference: Inference, metrics: Metrics) -> Blueprint:
    """Return the blueprint of `/api/v1/`."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    limits = photo_limits(settings)
    document = openapi_document(settings)

    @api.post("/detect")
    def detect() -> ResponseReturnValue:
        start = time.perf_counter()
        try:
            data = _picture_bytes(settings.image_max_bytes)
            answer, _ = inference.run(lambda pipeline: look_at_photo(pipeline, data, limits), may_refuse=True)
        except VisionError as error:
            metrics.images.labels("refused").inc()
            raise from_vision(error) from None
        except MirrorError:
            metrics.images.labels("refused").inc()
            raise
        metrics.images.labels("answered").inc()
        return answer | {"elapsed_ms": round((time.perf_counter() - start) * 1000, 2)}

    @api.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return document

    return api


def _picture_bytes(max_bytes: int) -> bytes:
    if "Transfer-Encoding" in request.headers:
        raise TooLarge("Please send the picture with its length (Content-Length), not in chunks.")
    if (request.content_length or 0) > max_bytes + FORM_OVERHEAD_BYTES:
        raise TooLarge(f"A picture may have {max_bytes / 1e6:.0f} MB.")
    if request.mimetype == "multipart/form-data":
        file = request.files.get("image")
        if file is None:
            raise BadRequest("The form carries no picture: it belongs into the field `image`.")
        return file.read()
    if request.mimetype not in RAW_TYPES:
        raise UnsupportedMedia("Please send a JPEG, PNG or WebP picture (heic and others cannot be opened here).")
    return request.get_data(cache=False)
