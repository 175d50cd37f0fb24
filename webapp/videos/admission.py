"""Admission of uploads: limits of videos and of disk space, with the uploads in progress counted too."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.config import Settings
from webapp.errors import Busy, MirrorError, StorageFull, TooManyRequests
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.queue import JobQueue


def no_room() -> StorageFull:
    """Return the error for a video that does not fit on the disk."""
    return StorageFull("There is not enough disk space for this video now. Try again later, or a smaller one.")


class Admission:
    """Admits uploads while there is room for them.

    The queue alone counts finished uploads; a hundred uploads that begin at once would all find it empty.
    A client without a cookie is a new visitor every time, so for those only the common limit holds.

    Args:
        settings: `jobs_per_visitor`, `jobs_max` and `disk_reserve_bytes` count.
        queue: of the videos that have arrived.
    """

    def __init__(self, settings: Settings, queue: JobQueue) -> None:
        self._settings = settings
        self._queue = queue
        self._lock = threading.Lock()
        self._in_progress: list[tuple[str, int]] = []

    @contextmanager
    def upload(self, visitor: str, length_bytes: int) -> Iterator[None]:
        """Reserve a place and disk space for one upload until the block ends.

        Args:
            visitor: id of the uploader.
            length_bytes: of the whole upload.

        Raises:
            MirrorError: `TooManyRequests`, `Busy` or `StorageFull`.
        """
        # Twice: the annotated video needs space as well.
        place = visitor, 2 * length_bytes
        with self._lock:
            self._check_places(visitor)
            self._check_disk(place[1])
            self._in_progress.append(place)
        try:
            yield
        finally:
            with self._lock:
                self._in_progress.remove(place)

    def enqueue(self, job: Job) -> None:
        """Queue an uploaded video.

        Raises:
            MirrorError: `TooManyRequests` or `Busy`, where the limit was reached meanwhile.
        """
        if not self._queue.add(job):
            raise self._refusal(self._queue.waiting(job.visitor_id))

    def _check_places(self, visitor: str) -> None:
        own = self._queue.waiting(visitor) + sum(name == visitor for name, _ in self._in_progress)
        total = self._queue.waiting() + len(self._in_progress)
        if own >= self._settings.jobs_per_visitor or total >= self._settings.jobs_max:
            raise self._refusal(own)

    def _refusal(self, own: int) -> MirrorError:
        if own >= self._settings.jobs_per_visitor:
            return TooManyRequests("You have too many videos waiting here. Wait for one to finish, or cancel one.")
        return Busy("Too many videos are waiting here right now. Please try again in a few minutes.")

    def _check_disk(self, needed_bytes: int) -> None:
        folder = self._settings.data_folder
        folder.mkdir(parents=True, exist_ok=True)
        # What the uploads in progress have written already counts twice: the estimate errs on the safe side.
        reserved_bytes = sum(size for _, size in self._in_progress) + self._settings.disk_reserve_bytes
        if shutil.disk_usage(folder).free < needed_bytes + reserved_bytes:
            raise no_room()
