"""Send hints from a thread of their own: a Redis that is gone or hangs delays no request."""

from __future__ import annotations

import logging
import threading
from collections import deque

from webapp.config import Settings
from webapp.videos.jobs.dispatch.celery_app import QUEUE, TASK, create_celery

log = logging.getLogger(__name__)

_TIMEOUT_S = 1.0
_WAITING_MAX = 100


class CeleryHints:
    """See `Hints`. Of more than a hundred that wait for Redis the oldest are dropped: workers poll the table too."""

    def __init__(self, settings: Settings) -> None:
        self._celery = create_celery(settings, _TIMEOUT_S)
        self._waiting: deque[str] = deque(maxlen=_WAITING_MAX)
        self._lock = threading.Lock()
        self._running = False

    def send(self, job_id: str) -> None:
        """Send a hint in the background."""
        with self._lock:
            self._waiting.append(job_id)
            started, self._running = self._running, True
        if not started:
            threading.Thread(target=self._run, name="hints", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                job_id = self._waiting.popleft()
            try:
                self._celery.send_task(TASK, [job_id], queue=QUEUE, retry=False, ignore_result=True)
            except Exception as error:  # of any layer: kombu, redis, sockets
                log.warning("no hint could be sent: %s", type(error).__name__)
