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


def create_openapi(settings: Settings) -> Blueprint:
    """Return the blueprint of the OpenAPI document."""
    blueprint = Blueprint("openapi", __name__, url_prefix="/api/v1")
    document = openapi_document(settings)

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
    return document


def _limits(settings: Settings) -> dict[str, str]:
    """Return the text of each placeholder."""
    return {
        "version": __version__,
        "image_max_mb": f"{settings.image_max_bytes / 1e6:.0f}",
        "image_max_megapixels": f"{settings.image_max_px / 1e6:.0f}",
        "video_max_mb": f"{settings.video_max_bytes / 1e6:.0f}",
        "video_max_min": f"{settings.video_max_s / 60:.0f}",
        "expiry": "an hour" if settings.expire_s == 3600 else f"{settings.expire_s / 60:g} minutes",
    }
