"""Celery's end that takes hints: it lets a worker run the next job."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import Any

from celery import Celery, signals
from celery.exceptions import Reject

from webapp.config import Settings
from webapp.videos.jobs.dispatch.celery_app import TASK, create_celery
from webapp.videos.jobs.worker import Worker

log = logging.getLogger(__name__)

_TIMEOUT_S = 5.0
_JOIN_S = 15.0
OPTIONS = ("--pool=threads", "--concurrency=1", "--without-gossip", "--without-mingle", "--without-heartbeat")


def create_consumer(settings: Settings, worker: Worker) -> Celery:
    """Return a Celery app that runs the next job whenever a hint comes.

    The hint's job is the next one or it is not: the queue knows whose turn it is. A second thread runs `worker.run`,
    for jobs whose hint was lost; one of the two works at a time.
    """
    celery = create_celery(settings, _TIMEOUT_S)
    celery.conf.update(worker_pool="threads", worker_concurrency=1)
    polling = threading.Thread(target=_poll, args=(worker,), name="poll", daemon=True)

    def video_waits(job_id: str) -> None:
        log.debug("hint for job %s", job_id)
        if not worker.stopping:
            worker.run_one()
        if worker.stopping:
            # Another worker shall have it: the job is back in the queue.
            raise Reject("this worker stops", requeue=True)

    celery.task(video_waits, name=TASK, acks_late=True, ignore_result=True)

    def stop(**_: Any) -> None:
        worker.stop()

    def stop_and_wait(**_: Any) -> None:
        worker.stop()
        if polling.is_alive():
            polling.join(_JOIN_S)

    # Before Redis is asked for anything: it may be away. Without `weak=False` Celery would forget these at once.
    signals.worker_init.connect(lambda **_: polling.start(), weak=False)
    signals.worker_shutting_down.connect(stop, weak=False)
    signals.worker_shutdown.connect(stop_and_wait, weak=False)
    # Celery sets up a log of its own where nobody answers.
    signals.setup_logging.connect(lambda **_: None, weak=False)
    return celery


def consume(settings: Settings, worker: Worker) -> int:
    """Take hints and poll until SIGTERM or SIGINT; return the exit status."""
    celery = create_consumer(settings, worker)
    try:
        celery.worker_main(["--quiet", "worker", *OPTIONS])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _poll(worker: Worker) -> None:
    worker.run()
    if not worker.stopping:
        os.kill(os.getpid(), signal.SIGTERM)  # whoever started this process is gone
