"""One attempt at a job: fetch the upload, run the child, store what it made. Nothing of it is visible yet."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from webapp.config import Settings
from webapp.errors import MirrorError
from webapp.processes.helpers import process_environ
from webapp.videos.jobs.beside import Background, Stopped, beside
from webapp.videos.jobs.blobs.store import PREVIEW, RESULTS, BlobStore, StoreUnavailable, run_key, upload_keys
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.runner import End, Outcome, child_command, run_child
from webapp.vision.errors import NO_ROOM

log = logging.getLogger(__name__)

_RETRY_S = 1.0
_GONE = ("not_found", "The uploaded video is no longer there.")
_FULL = ("storage_full", "There is no room left. Try again later.")

T = TypeVar("T")
KeepOn = Callable[[JobProgress], bool]


class Work(Protocol):
    """An attempt at a job, as a worker runs it."""

    def run(self) -> Outcome:
        """Do it, to its end. `DONE` means that everything is stored; only the row makes it visible."""
        ...

    def discard(self) -> None:
        """Delete what this attempt has stored."""
        ...


class Attempt:
    """Works on a job as one worker.

    Args:
        job: claimed; its `attempts` names this attempt.
        store: of uploads and results.
        settings: of the child.
        keep_on: called twice a second with the progress, also while files are on their way; False ends the attempt.
        no_progress_s: longest time without output of the child.
    """

    def __init__(self, job: Job, store: BlobStore, settings: Settings, keep_on: KeepOn, no_progress_s: float) -> None:
        self._job = job
        self._store = store
        self._settings = settings
        self._keep_on = keep_on
        self._no_progress_s = no_progress_s
        self._progress = JobProgress()
        self._previews = Background("a preview could not be stored")

    def run(self) -> Outcome:
        """Annotate the video. `DONE` means that everything is stored; only the row makes it visible.

        While the store does not answer, the attempt waits for it and keeps its job.
        """
        try:
            return self._run()
        except Stopped:
            return Outcome(End.STOPPED)
        except FileNotFoundError:
            if self._beat():
                raise
            return Outcome(End.STOPPED)  # the job was cancelled, and its files were deleted meanwhile
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            return Outcome(End.FAILED, _FULL)
        finally:
            with suppress(MirrorError, OSError):
                self._store.leave(self._job.id, self._job.attempts)

    def discard(self) -> None:
        """Delete what this attempt has stored."""
        for name in RESULTS:
            self._store.discard(run_key(self._job.id, self._job.attempts, name))

    def _run(self) -> Outcome:
        try:
            folder = self._store.workspace(self._job.id, self._job.attempts)
            upload = self._patiently(lambda: self._store.fetch(upload_keys(self._job.id, self._job.upload_ref), folder))
        except FileNotFoundError:
            return Outcome(End.FAILED, _GONE)
        outcome = run_child(
            child_command(upload, folder),
            process_environ(self._settings),
            lambda progress: self._watch(folder, progress),
            self._settings.video_deadline_s,
            self._no_progress_s,
        )
        if outcome.end is End.DONE:
            self._patiently(lambda: self._put_results(folder))
        return outcome

    def _put_results(self, folder: Path) -> None:
        self._previews.join()  # the last one may be on its way: storing a file takes it out of the folder
        for name in RESULTS:
            if (folder / name).exists():
                self._store.put(run_key(self._job.id, self._job.attempts, name), folder / name)

    def _watch(self, folder: Path, progress: JobProgress) -> bool:
        self._progress = progress
        if (folder / PREVIEW).exists():
            # Beside the heartbeats, which must not wait for a store that does not answer; the next one comes soon.
            key = run_key(self._job.id, self._job.attempts, PREVIEW)
            self._previews.start(lambda: self._store.put(key, folder / PREVIEW))
        return self._keep_on(progress)

    def _patiently(self, step: Callable[[], T]) -> T:
        """Do something with the store, again and again while there is no answer."""
        while True:
            try:
                return beside(step, self._beat)
            except StoreUnavailable:
                log.warning("job %s waits for the store of videos", self._job.id)
            beside(lambda: time.sleep(_RETRY_S), self._beat)

    def _beat(self) -> bool:
        return self._keep_on(self._progress)
