"""`create_app()`: assembles, decides nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_socketio import SocketIO
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.config import Settings
from webapp.errors import MirrorError
from webapp.inference import Inference
from webapp.live.events import LiveFrames, frame_limits
from webapp.live.packets import OneAttachmentPacket, handle_packets_strictly
from webapp.live.threaded_websocket import bound_messages
from webapp.metrics import Metrics
from webapp.openapi import create_openapi
from webapp.pages import create_pages
from webapp.photos.api import create_api
from webapp.photos.dispatcher import PhotoDesk
from webapp.pipelines import build_photo_pipeline, build_stream_pipeline
from webapp.protocol import error_json
from webapp.security import further_origins, is_own_origin, protect
from webapp.videos.api import create_videos_blueprint
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.supervisor import WorkerSupervisor
from webapp.wsgi import WithoutDeflate

log = logging.getLogger(__name__)


@dataclass
class MaskMirror:
    """The parts of one app, found again under `app.extensions["mask_mirror"]`."""

    settings: Settings
    socketio: SocketIO
    inference: Inference
    metrics: Metrics
    supervisor: WorkerSupervisor


def create_app(settings: Settings) -> Flask:
    """Assemble the app; the worker that makes videos starts with `serve`, not here.

    Args:
        settings: of this app.

    Raises:
        ModelError: a model file is missing, cut, or not what its card says.
    """
    app = Flask("webapp", static_folder="../static", template_folder="../templates")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # answers keep the order of the documentation
    protect(app, settings)
    metrics = Metrics()
    on_eventlet = settings.async_mode == "eventlet"
    # Photos are looked at in a process of their own, started when the first comes: a broken model must be told now.
    photo_model = build_photo_pipeline(settings).describe()
    inference = Inference(partial(build_stream_pipeline, settings), settings.inference_threads, on_eventlet)
    socketio = _create_socketio(app, settings)
    LiveFrames(inference, frame_limits(settings), metrics, settings.track).register(socketio)
    queue = SqliteJobQueue(settings)
    supervisor = WorkerSupervisor(settings)
    app.register_blueprint(create_pages(settings, inference, photo_model, metrics, partial(_not_ready, supervisor)))
    app.register_blueprint(create_api(settings, PhotoDesk(settings), metrics))
    app.register_blueprint(create_videos_blueprint(settings, queue))
    app.register_blueprint(create_openapi(settings))
    metrics.watch("inference_waiting", "Live frames waiting for a free thread", lambda: inference.waiting)
    _register_error_pages(app)
    app.wsgi_app = WithoutDeflate(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        # Not X-Forwarded-Host: the own-origin rule rests on the host, and not every router overwrites that header.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.extensions["mask_mirror"] = MaskMirror(settings, socketio, inference, metrics, supervisor)
    return app


def _create_socketio(app: Flask, settings: Settings) -> SocketIO:
    further = further_origins(settings)

    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        return origin is None or is_own_origin(
            origin, environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""), further
        )

    # A frame a little over the limit still gets its sentence; anything beyond closes the connection.
    max_message_bytes = settings.live_max_bytes * 2
    socketio = SocketIO(
        app,
        async_mode=settings.async_mode,
        transports=["websocket", "polling"] if settings.allow_polling else ["websocket"],
        cors_allowed_origins=allowed,
        max_http_buffer_size=max_message_bytes,
        manage_session=False,
        serializer=OneAttachmentPacket,
    )
    handle_packets_strictly(socketio.server)
    if settings.async_mode == "threading":
        bound_messages(socketio.server, max_message_bytes)
    return socketio


def _not_ready(supervisor: WorkerSupervisor) -> str | None:
    return None if supervisor.alive() else "the worker that annotates videos is not running"


def _register_error_pages(app: Flask) -> None:
    @app.errorhandler(MirrorError)
    def mirror_error(error: MirrorError) -> ResponseReturnValue:
        return _error_answer(error.status, error.code, error.message)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error
        code = error.name.lower().replace(" ", "_")
        if error.code == 413:
            code = "too_large"
        body, status = _error_answer(error.code or 500, code, error.description or error.name)
        allow = {name: value for name, value in error.get_headers() if name == "Allow"}
        return body, status, allow

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.exception("a request failed")
        return _error_answer(500, "internal", "Something went wrong on the server. Please try again.")


def _error_answer(status: int, code: str, message: str) -> tuple[str | dict[str, Any], int]:
    if request.path.startswith("/api/"):
        return error_json(code, message), status
    return render_template(
        "error.html", page="error", code=status, title=code.replace("_", " "), message=message
    ), status
