"""`POST /api/v1/detect`: the faces of one photo."""

from __future__ import annotations

import io
import time

from flask import Blueprint, request, session
from flask.typing import ResponseReturnValue
from werkzeug.formparser import FormDataParser

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, TooLarge, UnsupportedMedia
from webapp.metrics import Metrics
from webapp.photos.dispatcher import PhotoDispatcher

RAW_TYPES = ("image/jpeg", "image/png", "image/webp")
FORM_OVERHEAD_BYTES = 10_000


def create_photos_api(settings: Settings, photos: PhotoDispatcher, metrics: Metrics) -> Blueprint:
    """Return the blueprint of `/api/v1/detect`."""
    api = Blueprint("photos", __name__, url_prefix="/api/v1")

    @api.post("/detect")
    def detect() -> ResponseReturnValue:
        start = time.perf_counter()
        try:
            result = photos.detect(_picture_bytes(settings.image_max_bytes), _visitor())
        except MirrorError:
            metrics.images.labels("refused").inc()
            raise
        metrics.images.labels("answered").inc()
        return result | {"elapsed_ms": round((time.perf_counter() - start) * 1000, 2)}

    return api


def _visitor() -> str:
    # A photo needs no cookie, so none is set; a client without one is identified by its address.
    return str(session.get("visitor") or request.remote_addr)


def _picture_bytes(max_bytes: int) -> bytes:
    if "Transfer-Encoding" in request.headers:
        raise TooLarge("Please send the picture with its length (Content-Length), not in chunks.")
    if (request.content_length or 0) > max_bytes + FORM_OVERHEAD_BYTES:
        raise TooLarge(f"The limit for a picture is {max_bytes / 1e6:.0f} MB.")
    if request.mimetype == "multipart/form-data":
        return _form_picture()
    if request.mimetype not in RAW_TYPES:
        raise UnsupportedMedia("Please send a JPEG, PNG or WebP picture (heic and others cannot be opened here).")
    return request.get_data(cache=False)


def _form_picture() -> bytes:
    # Kept in memory, of any size: the default would write it to the disk, and photos are never stored.
    parser = FormDataParser(lambda *_, **__: io.BytesIO(), max_form_parts=8)
    _, _, files = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    file = files.get("image")
    if file is None:
        raise BadRequest("The form carries no picture: it belongs in the field `image`.")
    return file.read()
