"""Run the jobs of the queue one after the other; see `webapp.videos.worker_process`."""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from webapp.config import Settings
from webapp.errors import MirrorError
from webapp.supervision.heartbeat import beat
from webapp.videos.jobs.attempt import Attempt, KeepOn, Work
from webapp.videos.jobs.beside import Background, Stopped, beside
from webapp.videos.jobs.blobs.opening import open_blob_store
from webapp.videos.jobs.blobs.store import BlobStore, StoreUnavailable
from webapp.videos.jobs.clock import SystemClock
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.runner import NO_PROGRESS_S, End
from webapp.videos.jobs.states import State

log = logging.getLogger(__name__)

_TICK_S = 0.25
_POLL_SHARED_S = (1.0, 3.0)
"""Between two glances at a table that many workers share; drawn anew each time, so that they spread."""
_SWEEP_EVERY_S = 30.0
_STORE_WITHIN_S = 60.0
"""How long the end of a job waits for a table that is away."""


class Worker:
    """Claims jobs, runs them in child processes, and deletes what has expired.

    Args:
        settings: shared with the web process.
        queue: the only record of jobs.
        parent_pid: stop when this is no longer the parent; None runs for ever.
        heart: gets heartbeats, where another process watches over this one.
        no_progress_s: longest time without output of a child.
        begin: makes an attempt at a job, by default one that annotates a video.
    """

    def __init__(
        self,
        settings: Settings,
        queue: JobQueue,
        parent_pid: int | None = None,
        heart: socket.socket | None = None,
        no_progress_s: float = NO_PROGRESS_S,
        begin: Callable[[Job, BlobStore, Settings, KeepOn, float], Work] = Attempt,
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._parent_pid = parent_pid
        self._heart = heart
        self._clock = SystemClock()
        self._step_s = 0.0
        self._no_progress_s = no_progress_s
        self._begin = begin
        self._store = open_blob_store(settings)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._one_job = threading.Lock()
        self._stopping = False
        self._sweep_at = self._poll_at = 0.0
        self._sweeps = Background("expired jobs could not be deleted; the next sweep tries again")

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    def stop(self) -> None:
        """Ask the loop to end; the job under way goes back to the queue."""
        # A plain flag: this is called from a signal handler, where taking a lock may never return.
        self._stopping = True

    def run(self) -> None:
        """Work until `stop` is called or the parent is gone."""
        while self._goes_on():
            self._tick()
            self._sweep()
            if time.monotonic() < self._poll_at:
                time.sleep(_TICK_S)
                continue
            try:
                worked = self.run_one(wait=False)
            except (MirrorError, OSError):
                # A full or busy disk passes; a job that was lost meanwhile comes back when its lease ends.
                log.exception("the job table or the disk is not available")
                worked = False
            if not worked:
                self._poll_at = time.monotonic() + self._poll_s()

    def run_one(self, wait: bool = True) -> bool:
        """Run the next job to its end; False where there is none.

        Args:
            wait: for a job that another thread runs with this worker; else such a job counts as none.
        """
        if not self._one_job.acquire(blocking=wait):
            return False
        try:
            return self._goes_on() and self._run_next()
        finally:
            self._one_job.release()

    def _run_next(self) -> bool:
        self._fail_hopeless()
        job = self._queue.claim(self._name)
        if job is None:
            return False
        log.info("job %s started, attempt %d", job.id, job.attempts)
        attempt = self._begin(job, self._store, self._settings, lambda p: self._keep_on(job, p), self._no_progress_s)
        self._settle(job, attempt)
        return True

    def _poll_s(self) -> float:
        return random.uniform(*_POLL_SHARED_S) if self._settings.database_url else _TICK_S

    def _keep_on(self, job: Job, progress: JobProgress) -> bool:
        if not self._goes_on():
            return False
        self._tick()
        try:
            held = self._queue.heartbeat(job.id, self._name, progress)
        except MirrorError:
            log.warning("no heartbeat for job %s; the table is not available", job.id)
            held = True
        # After the heartbeat: with its lease prolonged, the sweep leaves this job alone.
        self._sweep()
        return held

    def _settle(self, job: Job, attempt: Work) -> None:
        outcome = attempt.run()
        if outcome.end is End.STOPPED:
            # Either this worker stops, or the job was cancelled; then it is no longer held and nothing changes.
            held = self._stored(lambda: self._queue.release(job.id, self._name))
        elif outcome.end is End.DONE:
            # Everything is stored by now; this row is what makes it visible, if the job is still held.
            held = self._stored(lambda: self._queue.finish(job.id, self._name, State.SUCCEEDED))
        else:
            held = self._stored(lambda: self._queue.finish(job.id, self._name, State.FAILED, outcome.error))
        log.info("job %s ended: %s %s", job.id, outcome.end.value, outcome.error[0] if outcome.error else "")
        if held and outcome.end is not End.STOPPED:
            self._tidy(lambda: self._store.clean(job.id, job.attempts if outcome.end is End.DONE else None))
        elif not held:
            self._tidy(lambda: self._give_up(job, attempt))

    def _stored(self, change: Callable[[], bool]) -> bool:
        """Make a change, tried again while the table is away: minutes of work are not thrown away for seconds."""
        give_up_at = time.monotonic() + _STORE_WITHIN_S
        while True:
            try:
                return change()
            except MirrorError:
                if self._stopping or time.monotonic() > give_up_at:
                    raise
            self._tick()
            time.sleep(_TICK_S)

    def _give_up(self, job: Job, attempt: Work) -> None:
        now = self._queue.get(job.id)
        if now is None or now.state is State.CANCELLED:
            self._store.remove(job.id)
        elif now.attempts != job.attempts:
            attempt.discard()

    def _goes_on(self) -> bool:
        return not self._stopping and (self._parent_pid is None or os.getppid() == self._parent_pid)

    def _tick(self) -> None:
        if self._heart is not None:
            beat(self._heart)
        # Before anything that compares times: else an hour forward would delete everybody's videos.
        step_s = self._clock.step_s() + self._step_s
        self._step_s = 0.0
        if step_s:
            log.warning("the system's clock was set by %+.0f s", step_s)
            try:
                self._queue.shift_times(step_s)
            except MirrorError:
                self._step_s = step_s  # tried again at the next tick

    def _ticks_on(self) -> bool:
        self._tick()
        return self._goes_on()

    def _sweep(self) -> None:
        if time.monotonic() < self._sweep_at or self._sweeps.busy:
            return
        self._sweep_at = time.monotonic() + min(_SWEEP_EVERY_S, self._settings.expire_s / 4)
        self._sweeps.start(self._delete_expired)

    def _delete_expired(self) -> None:
        for job_id in self._queue.fail_hopeless():
            self._store.clean(job_id, None)
        for job_id in self._queue.remove_expired():
            self._store.remove(job_id)
        self._store.remove_orphans(self._queue.ids(), self._settings.expire_s)

    def _fail_hopeless(self) -> None:
        for job_id in self._queue.fail_hopeless():
            # The row stays for a while with the reason for its owner; the video is deleted.
            self._tidy(partial(self._store.clean, job_id, None))

    def _tidy(self, work: Callable[[], None]) -> None:
        """Delete what is no longer needed; what the store does not delete now goes when the job expires."""
        try:
            beside(work, self._ticks_on)
        except (Stopped, StoreUnavailable, OSError) as error:
            log.warning("files of a job could not be deleted yet: %s", type(error).__name__)
