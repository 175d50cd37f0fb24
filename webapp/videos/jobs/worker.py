"""`python -m webapp.videos.jobs.worker`: run the jobs of the queue one after the other.

It runs beside the web process; more than one may run.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import signal
import socket
import sqlite3
import time

from webapp.config import Settings, process_settings
from webapp.errors import MirrorError
from webapp.processes import process_environ
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.runner import NO_PROGRESS_S, End, Outcome, child_command, run_child
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.states import State
from webapp.videos.jobs.storage import UPLOAD, JobStorage

log = logging.getLogger(__name__)

_IDLE_S = 0.25
_SWEEP_EVERY_S = 30.0


class Worker:
    """Claims jobs, runs them in child processes, and deletes what has expired.

    Args:
        settings: shared with the web process.
        queue: the only record of jobs.
        parent_pid: stop when this is no longer the parent; None runs for ever.
        no_progress_s: longest time without output of a child.
    """

    def __init__(
        self,
        settings: Settings,
        queue: JobQueue,
        parent_pid: int | None = None,
        no_progress_s: float = NO_PROGRESS_S,
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._parent_pid = parent_pid
        self._no_progress_s = no_progress_s
        self._storage = JobStorage(settings.data_folder)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stopping = False
        self._sweep_at = 0.0

    def stop(self) -> None:
        """Ask the loop to end; the job under way goes back to the queue."""
        # A plain flag: this is called from a signal handler, where taking a lock may never return.
        self._stopping = True

    def run(self) -> None:
        """Work until `stop` is called or the parent is gone."""
        while self._goes_on():
            self._sweep()
            try:
                worked = self.run_one()
            except (MirrorError, sqlite3.Error, OSError):
                # A full or busy disk passes; a job that was lost meanwhile comes back when its lease ends.
                log.exception("the job table or the disk is not available")
                worked = False
            if not worked:
                time.sleep(_IDLE_S)

    def run_one(self) -> bool:
        """Run the next job to its end; False where there is none."""
        self._fail_hopeless()
        job = self._queue.claim(self._name)
        if job is None:
            return False
        log.info("job %s started, attempt %d", job.id, job.attempts)
        outcome = self._run_child(job)
        self._settle(job, outcome)
        return True

    def _run_child(self, job: Job) -> Outcome:
        try:
            folder = self._storage.start_run(job.id, job.attempts)
        except FileNotFoundError:
            return Outcome(End.FAILED, ("not_found", "The uploaded video is no longer there."))
        command = child_command(self._storage.folder(job.id) / UPLOAD, folder)
        environ = process_environ(self._settings)
        return run_child(
            command, environ, lambda p: self._keep_on(job, p), self._settings.video_deadline_s, self._no_progress_s
        )

    def _keep_on(self, job: Job, progress: JobProgress) -> bool:
        if not self._goes_on():
            return False
        try:
            held = self._queue.heartbeat(job.id, self._name, progress)
        except (MirrorError, sqlite3.Error):
            log.warning("no heartbeat for job %s; the table is not available", job.id)
            held = True
        # After the heartbeat: with its lease prolonged, the sweep leaves this job alone.
        self._sweep()
        return held

    def _settle(self, job: Job, outcome: Outcome) -> None:
        if outcome.end is End.STOPPED:
            # Either this worker stops, or the job was cancelled; then it is no longer held and nothing changes.
            held = self._queue.release(job.id, self._name)
        elif outcome.end is End.DONE:
            # Published first: once the state is "succeeded", the whole result is there.
            self._storage.publish(job.id, job.attempts)
            held = self._queue.finish(job.id, self._name, State.SUCCEEDED)
        else:
            held = self._queue.finish(job.id, self._name, State.FAILED, outcome.error)
        log.info("job %s ended: %s %s", job.id, outcome.end.value, outcome.error[0] if outcome.error else "")
        if held and outcome.end is not End.STOPPED:
            self._storage.clean(job.id)
        elif not held:
            self._give_up(job)

    def _give_up(self, job: Job) -> None:
        now = self._queue.get(job.id)
        if now is None or now.state is State.CANCELLED:
            self._storage.remove(job.id)

    def _goes_on(self) -> bool:
        return not self._stopping and (self._parent_pid is None or os.getppid() == self._parent_pid)

    def _sweep(self) -> None:
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + min(_SWEEP_EVERY_S, self._settings.expire_s / 4)
        try:
            self._fail_hopeless()
            for job_id in self._queue.remove_expired():
                self._storage.remove(job_id)
            self._storage.remove_orphans(self._queue.ids(), self._settings.expire_s)
        except (MirrorError, sqlite3.Error, OSError):
            log.exception("expired jobs could not be deleted; the next sweep tries again")

    def _fail_hopeless(self) -> None:
        for job_id in self._queue.fail_hopeless():
            # The row stays for a while with the reason for its owner; the video is deleted.
            self._storage.clean(job_id)


def main() -> None:
    """Run a worker with the settings of the environment until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m webapp.videos.jobs.worker", description="annotate uploaded videos")
    parser.add_argument("--parent", type=int, default=None, help="stop when this process is no longer the parent")
    parent_pid: int | None = parser.parse_args().parent
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s")
    settings = process_settings()
    worker = Worker(settings, SqliteJobQueue(settings), parent_pid)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: worker.stop())
    worker.run()


if __name__ == "__main__":
    main()
