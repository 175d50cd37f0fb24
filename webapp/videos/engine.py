"""What runs the jobs, as the settings ask for: a SQLite file, or PostgreSQL, with hints through Redis or without."""

from __future__ import annotations

from webapp.config import BadDeployment, Settings
from webapp.videos.jobs.dispatch.hints import Hints, NoHints, check_hints
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.worker import Worker

_MORE_PACKAGES = "{} needs more packages: pip install -r requirements-scale.txt."


def open_queue(settings: Settings) -> JobQueue:
    """Return the queue of the settings, ready for use: PostgreSQL's tables are made or migrated first.

    Raises:
        BadDeployment: the settings cannot work; the sentence says why.
    """
    if not settings.database_url:
        return SqliteJobQueue(settings)
    try:
        from webapp.videos.jobs.postgres.postgres_queue import PostgresJobQueue
        from webapp.videos.jobs.postgres.start import prepare
    except ModuleNotFoundError as error:
        raise BadDeployment(_MORE_PACKAGES.format("DATABASE_URL")) from error
    prepare(settings)
    return PostgresJobQueue(settings)


def create_hints(settings: Settings) -> Hints:
    """Return what tells workers of new jobs.

    Raises:
        BadDeployment: the settings cannot work; the sentence says why.
    """
    check_hints(settings)
    if not settings.redis_url:
        return NoHints()
    try:
        from webapp.videos.jobs.dispatch.celery_hints import CeleryHints
    except ModuleNotFoundError as error:
        raise BadDeployment(_MORE_PACKAGES.format("REDIS_URL")) from error
    return CeleryHints(settings)


def take_hints(settings: Settings, worker: Worker) -> int:
    """Let a worker work whenever a hint comes, until SIGTERM or SIGINT; return the exit status.

    Raises:
        BadDeployment: the settings cannot work; the sentence says why.
    """
    try:
        from webapp.videos.jobs.dispatch.consumer import consume
    except ModuleNotFoundError as error:
        raise BadDeployment(_MORE_PACKAGES.format("REDIS_URL")) from error
    return consume(settings, worker)
