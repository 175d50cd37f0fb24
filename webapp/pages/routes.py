"""The HTML pages, and the routes for operators: /healthz, /readyz, /metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from flask import Blueprint, Response, render_template, session
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.door.receiver import receiver_of
from webapp.metrics import Metrics
from webapp.pages.page_modules import page_modules
from webapp.photos.photo import PHOTO_FORMATS
from webapp.security import check_operator, visitor_id
from webapp.vision.model_files import shipped_cards
from webapp.vision.video.containers import VIDEO_FORMATS

STATIC = Path(__file__).parent.parent.parent / "static"


def create_pages(
    settings: Settings,
    stream_model: dict[str, str | float],
    photo_model: dict[str, str | float],
    metrics: Metrics,
    unready: Callable[[], str | None],
    served: bool = True,
    train_access: Callable[[], str] | None = None,
) -> Blueprint:
    """Return the blueprint of everything that is not REST.

    Args:
        settings: shown where a page states a limit.
        stream_model: description of the models of live frames and videos, shown too; see `Pipeline.describe`.
        photo_model: the same of photos.
        metrics: content of /metrics.
        unready: why the server is not ready, None where it is.
        served: False for a static site, whose pages have no server behind them.
        train_access: whether the visitor may train: `open`, `locked` or `closed`; None where nobody may.
    """
    pages = Blueprint("pages", __name__)
    context = {
        "settings": settings,
        "model": stream_model,
        "photo_model": photo_model,
        "cards": shipped_cards(),
        "formats": {"image": PHOTO_FORMATS, "video": VIDEO_FORMATS},
        "served": served,
        "train_offered": train_access is not None,
        "counts_receiver": receiver_of(settings) if served else None,
        "page_modules": cache(partial(page_modules, STATIC)),
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
        session.modified = True  # it is sent again, and so lasts, here alone: see SESSION_REFRESH_EACH_REQUEST
        return render_template("videos/video.html", page="video")

    @pages.get("/collect")
    def collect() -> str:
        return render_template("collect/collect.html", page="collect")

    @pages.get("/train")
    def train() -> str:
        visitor_id()  # as above, for a training
        session.modified = True
        access = "closed" if train_access is None else train_access()
        return render_template("train/train.html", page="train", access=access)

    @pages.get("/door")
    def door() -> str:
        return render_template("door/door.html", page="door")

    @pages.get("/door.webmanifest")
    def door_manifest() -> Response:
        text = render_template("door/door.webmanifest")
        return Response(text, content_type="application/manifest+json")

    @pages.get("/about")
    def about() -> str:
        return render_template("about/about.html", page="about")

    @pages.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @pages.get("/readyz")
    def readyz() -> ResponseReturnValue:
        reason = unready()
        if reason is None:
            return {"status": "ready"}, 200
        return {"status": "not ready", "reason": reason}, 503, {"Retry-After": "5"}

    @pages.get("/metrics")
    def prometheus() -> Response:
        check_operator(settings)
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return pages
