"""The queue, the store and the worker of trainings: those of videos, with a table and a folder of their own."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace

from webapp.config import BadDeployment, Settings
from webapp.studio.attempt import TrainingAttempt
from webapp.videos.jobs.blobs.disk import DiskBlobStore
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.worker import Worker

LOOPBACK = ("127.0.0.1", "::1", "localhost")
WORKER_MODULE = "webapp.studio.worker_process"

_FOLDER = "trainings"
_TOKEN_CHARS = 16
_NEEDED = ("keras", "tensorflow", "albumentations", "model_training")


@dataclass(frozen=True)
class Trainings:
    """Where trainings are kept.

    Args:
        settings: of the app.
        queue: of the trainings.
        store: of their files.
    """

    settings: Settings
    queue: JobQueue
    store: DiskBlobStore


def is_offered(settings: Settings) -> bool:
    """Return whether the settings offer the page /train to anybody."""
    return settings.studio or bool(settings.studio_token)


def check_studio(settings: Settings) -> None:
    """Refuse settings under which the page /train cannot work, or would be open to everybody.

    Raises:
        BadDeployment: the sentence says what to change.
    """
    if not is_offered(settings):
        return
    if settings.studio_token and len(settings.studio_token) < _TOKEN_CHARS:
        raise BadDeployment(f"MASK_MIRROR_STUDIO_TOKEN must have {_TOKEN_CHARS} characters or more.")
    if not settings.studio_token and settings.host not in LOOPBACK:
        raise BadDeployment(
            f"MASK_MIRROR_STUDIO is for this machine alone (HOST=127.0.0.1, not {settings.host}); "
            "set MASK_MIRROR_STUDIO_TOKEN to offer /train over a network."
        )
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise BadDeployment(
            f"The page /train needs {', '.join(missing)}: run `make studio`, or "
            "`pip install -r model_training/requirements.txt`."
        )


def open_trainings(settings: Settings) -> Trainings:
    """Return queue and store of the trainings: files in the data folder, wherever videos are."""
    own = trainings_settings(settings)
    return Trainings(settings, SqliteJobQueue(own), DiskBlobStore(own.data_folder))


def trainings_settings(settings: Settings) -> Settings:
    """Return the settings under which the queue and the worker of videos serve trainings."""
    return replace(
        settings,
        data_folder=settings.data_folder / _FOLDER,
        database_url="",
        redis_url="",
        s3_bucket="",
        expire_s=settings.studio_expire_s,
        jobs_per_visitor=settings.studio_jobs_per_visitor,
        jobs_max=settings.studio_jobs_max,
    )


def training_worker(settings: Settings, parent_pid: int | None = None, heart: object = None) -> Worker:
    """Return the worker that runs trainings, one after the other; see `Worker`."""
    own = trainings_settings(settings)
    return Worker(own, SqliteJobQueue(own), parent_pid, heart, begin=TrainingAttempt)  # type: ignore[arg-type]
