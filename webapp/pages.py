"""The HTML pages, and what an operator asks for: /healthz, /readyz, /metrics."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.inference import Inference
from webapp.metrics import Metrics
from webapp.photos.photo import PHOTO_FORMATS
from webapp.security import visitor_id
from webapp.vision.model_files import shipped_cards

VIDEO_FORMATS = ("MP4", "MOV", "WebM", "MKV", "AVI")


def create_pages(
    settings: Settings,
    inference: Inference,
    photo_model: dict[str, str | float],
    metrics: Metrics,
    not_ready: Callable[[], str | None],
) -> Blueprint:
    """Return the blueprint of everything that is not REST.

    Args:
        settings: shown where a page names a limit.
        inference: its model description is shown.
        photo_model: the model description of photos, shown too.
        metrics: what /metrics tells.
        not_ready: returns why the server cannot do all its work, or None if it can.
    """
    pages = Blueprint("pages", __name__)
    context = {
        "settings": settings,
        "model": inference.model,
        "photo_model": photo_model,
        "cards": shipped_cards(),
        "formats": {"image": PHOTO_FORMATS, "video": VIDEO_FORMATS},
    }

    @pages.app_context_processor
    def shared() -> dict[str, object]:
        return context

    @pages.get("/")
    def live() -> str:
        return render_template("live.html", page="live")

    @pages.get("/photo")
    def photo() -> str:
        return render_template("photo.html", page="photo")

    @pages.get("/video")
    def video() -> str:
        visitor_id()  # the cookie that will own an upload must exist before the upload does
        return render_template("video.html", page="video")

    @pages.get("/about")
    def about() -> str:
        return render_template("about.html", page="about")

    @pages.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @pages.get("/readyz")
    def readyz() -> ResponseReturnValue:
        reason = not_ready()
        return ({"status": "ready"}, 200) if reason is None else ({"status": "not ready", "reason": reason}, 503)

    @pages.get("/metrics")
    def figures() -> Response:
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return pages
