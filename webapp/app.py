"""`create_app()` assembles the app from its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import Flask
from flask_socketio import SocketIO

from webapp.config import Settings
from webapp.door.api import create_door_api
from webapp.error_responses import register_error_responses
from webapp.inference import Inference
from webapp.live.events import LiveFrames
from webapp.live.server import create_socketio
from webapp.metrics import Metrics
from webapp.openapi import create_openapi, openapi_document
from webapp.operation import watch_operation
from webapp.pages.api_docs import create_api_docs
from webapp.pages.compression import compress_responses
from webapp.pages.device import create_device
from webapp.pages.offline import create_offline
from webapp.pages.routes import create_pages
from webapp.photos.api import create_photos_api
from webapp.photos.dispatcher import PhotoDispatcher
from webapp.pipelines import build_live_pipelines, describe_photo_pipeline
from webapp.security import protect
from webapp.studio.access import access
from webapp.studio.api import create_studio_api
from webapp.studio.engine import WORKER_MODULE, check_studio, is_offered, open_trainings
from webapp.studio.own_model import OwnModels
from webapp.videos.api import create_videos_api
from webapp.videos.engine import create_hints, open_queue
from webapp.videos.jobs.blobs.opening import open_blob_store
from webapp.videos.jobs.supervisor import WorkerSupervisor
from webapp.videos.uploads_api import create_uploads_api
from webapp.wsgi import wrap


@dataclass
class MaskMirror:
    """The parts of one app, found again under `app.extensions["mask_mirror"]`."""

    settings: Settings
    socketio: SocketIO
    inference: Inference
    metrics: Metrics
    supervisor: WorkerSupervisor
    studio: WorkerSupervisor | None

    def unready(self) -> str | None:
        """Return why the server is not ready, None where it is."""
        if self.inference.calls.oldest_s() > self.settings.inference_deadline_s:
            return "live inference hangs"
        if not self.settings.embedded_worker:
            return None
        return None if self.supervisor.ready() else "the worker that annotates videos is not running"


def create_app(settings: Settings) -> Flask:
    """Assemble the app; `serve` starts the worker that annotates videos.

    Args:
        settings: of this app.

    Raises:
        ModelError: a model file is missing, cut, or does not match its card.
        BadDeployment: the database, Redis or the store of videos cannot be used as set.
        ValueError: the settings name a receiver of counts that cannot be used.
    """
    app = Flask("webapp", static_folder="../static", template_folder="../templates")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # responses keep the order of the documentation
    protect(app, settings)
    store = open_blob_store(settings)
    metrics = Metrics()
    photo_model = describe_photo_pipeline(settings)
    inference = Inference(
        partial(build_live_pipelines, settings), settings.inference_threads, settings.async_mode == "eventlet"
    )
    socketio = create_socketio(app, settings)
    supervisor, photos = WorkerSupervisor(settings), PhotoDispatcher(settings)
    check_studio(settings)
    trainings = open_trainings(settings)
    models = OwnModels(trainings, photos)
    LiveFrames(socketio, inference, settings, metrics, models.stream_pipeline).register()
    studio = WorkerSupervisor(settings, WORKER_MODULE) if is_offered(settings) else None
    queue, hints = open_queue(settings), create_hints(settings)
    watch_operation(metrics, queue, photos, supervisor)
    mirror = MaskMirror(settings, socketio, inference, metrics, supervisor, studio)
    train_access = partial(access, settings) if is_offered(settings) else None
    app.register_blueprint(
        create_pages(settings, inference.model, photo_model, metrics, mirror.unready, train_access=train_access)
    )
    app.register_blueprint(create_photos_api(settings, models.photos, metrics))
    app.register_blueprint(create_videos_api(settings, queue, store, hints))
    app.register_blueprint(create_uploads_api(settings, queue, store, hints))
    app.register_blueprint(create_studio_api(trainings, models))
    app.register_blueprint(create_door_api(settings))
    document = openapi_document(settings)
    app.register_blueprint(create_openapi(document))
    app.register_blueprint(create_api_docs(document))
    app.register_blueprint(create_device(settings))
    app.register_blueprint(create_offline())
    register_error_responses(app)
    compress_responses(app)
    wrap(app, settings)
    app.extensions["mask_mirror"] = mirror
    return app
