"""Admission of uploads: limits of videos and of disk space, counted in the job table, which all web processes share."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from webapp.config import Settings
from webapp.errors import Busy, MirrorError, StorageFull, TooManyRequests
from webapp.videos.jobs.blobs.store import BlobStore
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.queue import JobQueue, uploads_per_address
from webapp.videos.jobs.states import State

log = logging.getLogger(__name__)

_RETRY_AFTER_S = 60
_KEPT_S = 60.0
"""An upload of a process that has died holds its place for so long."""
_KEEP_EVERY_S = 3.0


def no_room() -> StorageFull:
    """Return the error for a video that does not fit on the disk."""
    return StorageFull("There is not enough disk space for this video now. Try again later, or a smaller one.")


class Admission:
    """Admits uploads while there is room for them.

    An upload has its row from the first byte on: a hundred uploads that begin at once, at whatever web process, do not
    all find room. A client without a cookie is a new visitor every time; for those the limit of their address holds.

    Args:
        settings: `disk_reserve_bytes` and the limits of the queue count.
        queue: of the videos.
        store: has the room.
    """

    def __init__(self, settings: Settings, queue: JobQueue, store: BlobStore) -> None:
        self._settings = settings
        self._queue = queue
        self._store = store
        self._keeper = _Keeper(queue)

    @contextmanager
    def upload(self, job: Job) -> Iterator[None]:
        """Reserve a place and disk space for an upload in one request; without `enqueue` the block's end gives it back.

        Args:
            job: uploading, held by a name in `worker`, with the announced length as its size.

        Raises:
            MirrorError: `TooManyRequests`, `Busy` or `StorageFull`.
        """
        self.admit(job)
        self._keeper.keep(job)
        try:
            yield
        except BaseException:
            self._keeper.drop(job)
            with suppress(MirrorError):  # it expires in a minute
                self._queue.remove(job.id)
            raise

    def admit(self, job: Job) -> None:
        """Store the row of an upload.

        Args:
            job: uploading, with the length of the whole upload as its size.

        Raises:
            MirrorError: `TooManyRequests`, `Busy` or `StorageFull`.
        """
        if not self._queue.add(job):
            raise self._refusal(job)
        try:
            self._check_disk()
        except MirrorError:
            self._queue.remove(job.id)
            raise

    def expires_s(self) -> float:
        """Return the time at which the row of a plain upload, which this process keeps, would expire."""
        return self._queue.now_s() + _KEPT_S

    def enqueue(self, job: Job) -> Job:
        """Queue a video that has arrived, and return its job.

        Args:
            job: as in `upload`, with the name and the size that it turned out to have.

        Raises:
            Busy: the row is gone.
        """
        self._keeper.drop(job)
        if not self._queue.enqueue(job.id, job.worker or "", job.name, job.size_bytes, job.upload_ref):
            raise Busy("The upload was interrupted. Please try again.")
        queued = self._queue.get(job.id)
        if queued is None:
            raise Busy("The upload was interrupted. Please try again.")
        return queued

    def _refusal(self, job: Job) -> MirrorError:
        if self._queue.waiting(job.visitor_id) >= self._settings.jobs_per_visitor:
            sentence = "You have too many videos waiting here. Wait for one to finish, or cancel one."
            return TooManyRequests(sentence, _RETRY_AFTER_S)
        if self._queue.waiting(address_digest=job.address_digest) >= self._settings.jobs_per_address:
            sentence = "Too many videos from your network are waiting. Please try again in a few minutes."
            return TooManyRequests(sentence, _RETRY_AFTER_S)
        uploads = self._queue.waiting(address_digest=job.address_digest, state=State.UPLOADING)
        if uploads >= uploads_per_address(self._settings):
            return TooManyRequests(
                "Too many videos are being uploaded from your network. Please try again in a minute."
            )
        return Busy("Too many videos are waiting here right now. Please try again in a few minutes.", _RETRY_AFTER_S)

    def _check_disk(self) -> None:
        free_bytes = self._store.free_bytes()
        # Three times: a worker makes one file of the parts, and the annotated video needs space as well. What the
        # uploads under way have written, this one among them, counts once more: the estimate errs on the safe side.
        needed_bytes = 3 * self._queue.uploading_bytes() + self._settings.disk_reserve_bytes
        if free_bytes is not None and free_bytes < needed_bytes:
            raise no_room()


class _Keeper:
    """Keeps the rows of this process's uploads from expiring, in a thread that lives while there are any."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._running = False

    def keep(self, job: Job) -> None:
        """Keep an upload until it is dropped."""
        with self._lock:
            self._jobs[job.id] = job
            started, self._running = self._running, True
        if not started:
            threading.Thread(target=self._run, name="uploads", daemon=True).start()

    def drop(self, job: Job) -> None:
        """Keep an upload no longer."""
        with self._lock:
            self._jobs.pop(job.id, None)

    def _run(self) -> None:
        while True:
            time.sleep(_KEEP_EVERY_S)
            with self._lock:
                jobs = list(self._jobs.values())
                self._running = bool(jobs)
            if not jobs:
                return
            try:
                for job in jobs:
                    self._queue.advance_upload(job.id, job.worker or "", 0, self._queue.now_s() + _KEPT_S)
            except Exception:
                # Whatever it was: without this thread no further upload would be kept.
                log.exception("the uploads under way could not be prolonged")
