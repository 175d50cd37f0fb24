"""`create_app()` assembles the app from its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import Flask
from flask_socketio import SocketIO

from webapp.config import Settings
from webapp.error_responses import register_error_responses
from webapp.inference import Inference
from webapp.live.events import LiveFrames, frame_limits
from webapp.live.server import create_socketio
from webapp.metrics import Metrics
from webapp.openapi import create_openapi
from webapp.pages import create_pages
from webapp.photos.api import create_photos_api
from webapp.photos.dispatcher import PhotoDispatcher
from webapp.pipelines import build_stream_pipeline, describe_photo_pipeline
from webapp.security import protect
from webapp.videos.api import create_videos_api
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.supervisor import WorkerSupervisor
from webapp.wsgi import wrap


@dataclass
class MaskMirror:
    """The parts of one app, found again under `app.extensions["mask_mirror"]`."""

    settings: Settings
    socketio: SocketIO
    inference: Inference
    metrics: Metrics
    supervisor: WorkerSupervisor


def create_app(settings: Settings) -> Flask:
    """Assemble the app; `serve` starts the worker that annotates videos.

    Args:
        settings: of this app.

    Raises:
        ModelError: a model file is missing, cut, or does not match its card.
    """
    app = Flask("webapp", static_folder="../static", template_folder="../templates")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # responses keep the order of the documentation
    protect(app, settings)
    metrics = Metrics()
    photo_model = describe_photo_pipeline(settings)
    inference = Inference(
        partial(build_stream_pipeline, settings), settings.inference_threads, settings.async_mode == "eventlet"
    )
    metrics.watch("inference_waiting", "Live frames waiting for a free thread", lambda: inference.waiting)
    socketio = create_socketio(app, settings)
    LiveFrames(inference, frame_limits(settings), metrics, settings.track).register(socketio)
    supervisor = WorkerSupervisor(settings)
    app.register_blueprint(create_pages(settings, inference.model, photo_model, metrics, supervisor.alive))
    app.register_blueprint(create_photos_api(settings, PhotoDispatcher(settings), metrics))
    app.register_blueprint(create_videos_api(settings, SqliteJobQueue(settings)))
    app.register_blueprint(create_openapi(settings))
    register_error_responses(app)
    wrap(app, settings)
    app.extensions["mask_mirror"] = MaskMirror(settings, socketio, inference, metrics, supervisor)
    return app
