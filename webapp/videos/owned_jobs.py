"""Jobs and their owners: a new one for the sender of a request, or one that is theirs; and the end of its files."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.errors import NotFound
from webapp.security import client_of_request, visitor_id
from webapp.videos.jobs.blobs.store import BlobStore, StoreUnavailable, new_job_id
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.names import display_name
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.states import State
from webapp.videos.jobs_json import is_owner, is_visible, token_digest

log = logging.getLogger(__name__)


class OwnedJobs:
    """Jobs as their owners may use them.

    Args:
        queue: of the jobs.
        store: of their files.
    """

    def __init__(self, queue: JobQueue, store: BlobStore) -> None:
        self._queue = queue
        self._store = store

    def new(
        self, length_bytes: int, expires_s: float, name: str | None = None, upload_ref: str = ""
    ) -> tuple[Job, str]:
        """Return a job for an upload by the sender of this request, not stored yet, and its token.

        Args:
            length_bytes: of the upload, as announced.
            expires_s, upload_ref: see `Job`.
            name: of the file, as sent.
        """
        client = client_of_request()._replace(visitor=visitor_id())
        token = secrets.token_urlsafe(32)
        job = Job(
            id=new_job_id(),
            visitor_id=client.visitor,
            token_sha256=token_digest(token),
            name=display_name(name),
            size_bytes=length_bytes,
            created_s=self._queue.now_s(),
            expires_s=expires_s,
            state=State.UPLOADING,
            address_digest=client.address,
            upload_ref=upload_ref,
        )
        return job, token

    def own(self, job_id: str) -> Job:
        """Return a job of the sender of this request.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        job = self._queue.get(job_id)
        if job is None or not is_visible(job) or not is_owner(job):
            raise NotFound("There is no such video, it is not yours, or it has expired.")
        return job

    def delete_files(self, job_id: str) -> None:
        """Delete the files of a job that is gone or cancelled; those that the store does not delete now are swept."""
        try:
            self._store.remove(job_id)
        except (StoreUnavailable, OSError):
            log.warning("the files of job %s could not be deleted yet", job_id)

    @contextmanager
    def removed_on_error(self, job_id: str) -> Iterator[None]:
        """Delete the files of a job where the block raises."""
        try:
            yield
        except BaseException:
            self.delete_files(job_id)
            raise
