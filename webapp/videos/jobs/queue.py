"""The interface of a queue of jobs, its errors and sentences; `sqlite_queue.py` implements it for one machine."""

from __future__ import annotations

from typing import Protocol

from webapp.config import Settings
from webapp.errors import Busy
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.states import State

WORKER_DIED = "This video stopped the program that reads it. Try another one."
WAITED_TOO_LONG = "This video waited too long in the queue and was deleted. Please upload it again."

_UPLOADS_DIVISOR = 5


class QueueUnavailable(Busy):
    """The table of jobs cannot be reached now; a later call may succeed."""

    def __init__(self) -> None:
        super().__init__("The list of videos cannot be reached now. Please try again in a moment.")


def uploads_per_address(settings: Settings) -> int:
    """Return how many uploads of one network address may be under way: a fifth of all."""
    return max(settings.jobs_per_visitor, settings.jobs_max // _UPLOADS_DIVISOR)


class JobQueue(Protocol):
    """The record of all jobs. Every method is atomic, across threads, processes and machines that use one queue.

    A job is `uploading` until its video is whole. One request at a time, its holder, writes to an upload; a request
    that falls silent for `lease_s` seconds loses it.

    A worker that claimed a job keeps it by heartbeats; without one for `lease_s` seconds the job is given
    to the next worker that claims one. Methods with a `worker` argument do nothing and return False for a worker
    that no longer holds the job; those with a `holder`, for a request that no longer holds the upload.

    Raises:
        QueueUnavailable: from any method, where the table cannot be reached.
        MirrorError: `StorageFull` or `Busy`, likewise.
    """

    def now_s(self) -> float:
        """Return the Unix time by the queue's clock, which the times of all jobs are by."""
        ...

    def add(self, job: Job) -> bool:
        """Store a new job, queued or uploading, unless a limit is reached.

        The limits are `jobs_per_visitor`, `jobs_per_address` and `jobs_max` of jobs that are uploaded, wait or run,
        and `uploads_per_address` of those that are uploaded.
        """
        ...

    def take_upload(self, job_id: str, holder: str) -> Job | None:
        """Let one request write to an upload; None where another one does, or where it is none or has expired."""
        ...

    def advance_upload(
        self, job_id: str, holder: str, received_bytes: int, expires_s: float, upload_ref: str = ""
    ) -> bool:
        """Prolong the hold of an upload, and store how far it is."""
        ...

    def leave_upload(self, job_id: str, holder: str) -> bool:
        """Let another request go on with the upload."""
        ...

    def enqueue(self, job_id: str, holder: str, name: str, size_bytes: int, upload_ref: str = "") -> bool:
        """Queue a job whose upload is whole; its time in the queue begins now, `expire_s` long."""
        ...

    def uploading_bytes(self) -> int:
        """Return the size of all uploads under way, together."""
        ...

    def get(self, job_id: str) -> Job | None:
        """Return a job, or None; one that has ended and whose time is up is gone, even before it is removed."""
        ...

    def of_visitor(self, visitor_id: str) -> list[Job]:
        """Return a visitor's jobs, newest first, as `get` would."""
        ...

    def waiting(
        self, visitor_id: str | None = None, address_digest: str | None = None, state: State | None = None
    ) -> int:
        """Return how many jobs of a visitor, of an address, or of all, are in a state; by default in an active one."""
        ...

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state; states without a job are left out."""
        ...

    def claim(self, worker: str) -> Job | None:
        """Take a job that waits or whose worker is gone, or None.

        It is one of the address, and there of the visitor, whose last turn is longest ago, and of theirs the oldest.
        """
        ...

    def fail_hopeless(self) -> list[str]:
        """Fail the jobs that no worker runs or may run: too many attempts, or expired. Return their ids."""
        ...

    def heartbeat(self, job_id: str, worker: str, progress: JobProgress) -> bool:
        """Prolong the lease and store the progress."""
        ...

    def finish(self, job_id: str, worker: str, state: State, error: tuple[str, str] | None = None) -> bool:
        """End a job as succeeded or failed, the latter with code and message."""
        ...

    def release(self, job_id: str, worker: str) -> bool:
        """Put a job back as if it had not been started."""
        ...

    def cancel(self, job_id: str) -> bool:
        """Cancel a job that waits or runs; False where it has ended already."""
        ...

    def remove(self, job_id: str) -> bool:
        """Forget a job that has ended or is being uploaded."""
        ...

    def remove_expired(self) -> list[str]:
        """Forget the uploads and the jobs that have ended whose time is up, and return their ids."""
        ...

    def shift_times(self, step_s: float) -> None:
        """Move the times of all jobs by `step_s` seconds, by which the clock of this machine has just been set.

        Nothing happens where the times are by another machine's clock.
        """
        ...

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        ...
