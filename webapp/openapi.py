"""`GET /api/v1/openapi.json`: the document is `openapi.json` beside this file, with the limits in force filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp import __version__
from webapp.config import Settings

DOCUMENT = Path(__file__).with_suffix(".json")


def create_openapi(document: dict[str, Any]) -> Blueprint:
    """Return the blueprint of the OpenAPI document."""
    blueprint = Blueprint("openapi", __name__, url_prefix="/api/v1")

    @blueprint.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return document

    return blueprint


def openapi_document(settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; a test compares it with the routes.

    Args:
        settings: its limits replace the `{placeholders}` of the file.
    """
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, value in _limits(settings).items():
        text = text.replace(f"{{{name}}}", value)
    document: dict[str, Any] = json.loads(text)
    for operations in document["paths"].values():
        if "get" in operations:
            operations["head"] = _head(operations["get"], document["components"]["responses"])
    return document


def _head(get: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return the operation HEAD that belongs to a GET: the same, without bodies."""
    responses = {
        status: {
            "description": (shared[response["$ref"].split("/")[-1]] if "$ref" in response else response)["description"]
        }
        for status, response in get["responses"].items()
    }
    own = {
        "operationId": get["operationId"] + "Head",
        "summary": f"Headers of: {get['summary']}",
        "responses": responses,
    }
    return own | {name: get[name] for name in ("security", "parameters") if name in get}


def _limits(settings: Settings) -> dict[str, str]:
    """Return the text of each placeholder."""
    return {
        "version": __version__,
        "image_max_mb": f"{settings.image_max_bytes / 1e6:.0f}",
        "image_max_megapixels": f"{settings.image_max_px / 1e6:.0f}",
        "image_decode_megapixels": f"{settings.image_decode_px / 1e6:.0f}",
        "video_max_mb": f"{settings.video_max_bytes / 1e6:.0f}",
        "video_max_min": f"{settings.video_max_s / 60:.0f}",
        "expiry": "an hour" if settings.expire_s == 3600 else f"{settings.expire_s / 60:g} minutes",
        "studio_max_mb": f"{settings.studio_max_bytes / 1e6:.0f}",
        "studio_expiry": f"{settings.studio_expire_s / 3600:g} hours",
    }
