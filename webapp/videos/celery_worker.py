"""`celery -A webapp.videos.celery_worker worker`: the same as `python -m webapp worker`, started by Celery's command.

`python -m webapp worker` also starts a worker again that crashes or hangs.
"""

from __future__ import annotations

import os
import sys

from celery import Celery

from webapp.config import BadDeployment, process_settings
from webapp.logs.configuration import configure_logging
from webapp.videos.engine import open_queue
from webapp.videos.jobs.dispatch.consumer import create_consumer
from webapp.videos.jobs.dispatch.hints import check_hints
from webapp.videos.jobs.worker import Worker


def _create() -> Celery:
    os.umask(0o077)
    settings = process_settings()
    configure_logging(settings, "worker")
    try:
        if not settings.redis_url:
            raise BadDeployment("Celery needs REDIS_URL; without Redis start `python -m webapp worker`.")
        check_hints(settings)
        return create_consumer(settings, Worker(settings, open_queue(settings)))
    except BadDeployment as error:
        sys.exit(f"The worker cannot start: {error}")


def __getattr__(name: str) -> Celery:
    # Celery asks for the app by this name; importing this file makes none.
    if name == "app":
        made = globals()[name] = _create()
        return made
    raise AttributeError(name)
