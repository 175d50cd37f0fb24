"""`POST /api/v1/detect`: the faces of one photo, as JSON or drawn on it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.formparser import FormDataParser

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, TooLarge, UnsupportedMedia
from webapp.metrics import Metrics
from webapp.photos.dispatcher import PhotoDispatcher
from webapp.security import client_of_request

RAW_TYPES = ("image/jpeg", "image/png", "image/webp")
FORM_OVERHEAD_BYTES = 10_000
_VARY = {"Vary": "Accept"}


Choose = Callable[[str | None], PhotoDispatcher]
"""From the `model` of a request, None where it has none, to what detects with it."""


def create_photos_api(settings: Settings, choose: Choose, metrics: Metrics) -> Blueprint:
    """Return the blueprint of `/api/v1/detect`.

    Args:
        settings: limits of a photo.
        choose: see `Choose`.
        metrics: gets counts.
    """
    api = Blueprint("photos", __name__, url_prefix="/api/v1")

    @api.post("/detect")
    def detect() -> ResponseReturnValue:
        start = time.perf_counter()
        try:
            drawn = _wants_picture()
            photos = choose(request.args.get("model"))
            data, client = _picture_bytes(settings.image_max_bytes), client_of_request()
            answer = photos.annotate(data, client) if drawn else photos.detect(data, client)
        except MirrorError:
            metrics.images.labels("refused").inc()
            raise
        metrics.images.labels("answered").inc()
        if isinstance(answer, bytes):
            return Response(answer, content_type="image/png", headers=_VARY)
        return answer | {"elapsed_ms": round((time.perf_counter() - start) * 1000, 2)}, 200, _VARY

    return api


def _wants_picture() -> bool:
    """Return whether the answer is the drawn picture: `annotate` says so, else what the client accepts."""
    given = request.args.getlist("annotate")
    if given:
        if len(given) > 1 or given[0] not in ("0", "1"):
            raise BadRequest("`annotate` must be 0 or 1.")
        return given[0] == "1"
    accepted = request.accept_mimetypes
    return accepted["image/png"] > accepted["application/json"]


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
