"""The interface of a queue of jobs; `sqlite_queue.py` implements it for one machine."""

from __future__ import annotations

from typing import Protocol

from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.states import State


class JobQueue(Protocol):
    """The record of all jobs. Every method is atomic, across threads and processes.

    A worker that claimed a job keeps it by heartbeats; without one for `lease_s` seconds the job is given
    to the next worker that claims one. Methods with a `worker` argument do nothing and return False for a worker
    that no longer holds the job.
    """

    def add(self, job: Job) -> bool:
        """Store a queued job, unless so many wait or run already: `jobs_per_visitor`, or `jobs_max` of all visitors."""
        ...

    def get(self, job_id: str) -> Job | None:
        """Return a job, or None."""
        ...

    def of_visitor(self, visitor_id: str) -> list[Job]:
        """Return a visitor's jobs, newest first."""
        ...

    def waiting(self, visitor_id: str | None = None) -> int:
        """Return how many jobs of a visitor, or of all, wait or run."""
        ...

    def claim(self, worker: str) -> Job | None:
        """Take the oldest job that waits or whose worker is gone, or None."""
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
        """Forget a job that has ended."""
        ...

    def remove_expired(self) -> list[str]:
        """Forget the jobs that have ended and whose time is up, and return their ids."""
        ...

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        ...
