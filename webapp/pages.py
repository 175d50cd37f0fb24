"""The HTML pages, and the routes for operators: /healthz, /readyz, /metrics."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.metrics import Metrics
from webapp.photos.photo import PHOTO_FORMATS
from webapp.security import visitor_id
from webapp.vision.model_files import shipped_cards
from webapp.vision.video.containers import VIDEO_FORMATS


def create_pages(
    settings: Settings,
    stream_model: dict[str, str | float],
    photo_model: dict[str, str | float],
    metrics: Metrics,
    worker_alive: Callable[[], bool],
) -> Blueprint:
    """Return the blueprint of everything that is not REST.

    Args:
        settings: shown where a page states a limit.
        stream_model: description of the models of live frames and videos, shown too; see `Pipeline.describe`.
        photo_model: the same of photos.
        metrics: content of /metrics.
        worker_alive: whether the worker that annotates videos runs; without it the server is not ready.
    """
    pages = Blueprint("pages", __name__)
    context = {
        "settings": settings,
        "model": stream_model,
        "photo_model": photo_model,
        "cards": shipped_cards(),
        "formats": {"image": PHOTO_FORMATS, "video": VIDEO_FORMATS},
    }

    @pages.app_context_processor
    def shared() -> dict[str, object]:
        return context

    @pages.get("/")
    def live() -> str:
        return render_template("live/live.html", page="live")

    @pages.get("/photo")
    def photo() -> str:
        return render_template("photos/photo.html", page="photo")

    @pages.get("/video")
    def video() -> str:
        visitor_id()  # the cookie that will own an upload must exist before the upload does
        return render_template("videos/video.html", page="video")

    @pages.get("/about")
    def about() -> str:
        return render_template("about/about.html", page="about")

    @pages.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @pages.get("/readyz")
    def readyz() -> ResponseReturnValue:
        if worker_alive():
            return {"status": "ready"}, 200
        return {"status": "not ready", "reason": "the worker that annotates videos is not running"}, 503

    @pages.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return pages
