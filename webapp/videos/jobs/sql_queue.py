"""What the queues in SQL have in common: their statements, which SQLite and PostgreSQL read alike.

Both know the functions `now_s()`, the Unix time by the queue's clock, and `greatest(a, b)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from webapp.config import Settings
from webapp.videos.jobs.job import Job, JobProgress, storable
from webapp.videos.jobs.queue import WAITED_TOO_LONG, WORKER_DIED, uploads_per_address
from webapp.videos.jobs.states import ACTIVE, FINAL, State, sources

Row = Mapping[str, Any]

COLUMNS = [column.name for column in fields(Job)]

_ALL = ", ".join(COLUMNS)
_TURNS_KEPT = 10_000
_TYPES = {
    **dict.fromkeys(("size_bytes", "received_bytes"), "BIGINT"),
    **dict.fromkeys(("attempts", "frames_done", "skipped_frames", "width", "height"), "INTEGER"),
    **dict.fromkeys(("created_s", "expires_s", "lease_until_s", "progress", "fps", "eta_s"), "FLOAT"),
}
"""Of the columns that are no text."""


def _names(states: tuple[State, ...]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


_LAST_TURN_OF = "(SELECT turn FROM turns WHERE who ="
_HELD = "id = :id AND worker = :worker AND state = 'running'"
_UPLOAD_HELD = "id = :id AND worker = :holder AND state = 'uploading'"
_REMOVABLE = _names((State.UPLOADING, *FINAL))
_THERE = f"(expires_s >= now_s() OR state NOT IN {_REMOVABLE})"


class SqlJobQueue(ABC):
    """See `JobQueue`. Every method is one statement, atomic by itself.

    Args:
        settings: the limits, `lease_s`, `job_attempts` and `expire_s` count.
    """

    _INSERTED = "rowid"
    """Column that counts the rows in the order in which they came."""

    _LOCKED = ""
    """Appended to the choice of the next job, where other workers may choose at the same time."""

    _LAPSED = "lease_until_s < now_s()"
    """Whether the worker of a running job is taken for dead."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = {
            "jobs_per_visitor": settings.jobs_per_visitor,
            "jobs_per_address": settings.jobs_per_address,
            "jobs_max": settings.jobs_max,
            "uploads_per_address": uploads_per_address(settings),
        }
        self._times = {
            "lease_s": float(settings.lease_s),
            "expire_s": float(settings.expire_s),
            "attempts_max": settings.job_attempts,
        }

    @abstractmethod
    def _rows(self, statement: str, values: Mapping[str, Any], alone: bool = False) -> Sequence[Row]:
        """Execute a statement and return its rows.

        Args:
            statement: with `:name` for each value.
            values: further ones are ignored.
            alone: whether no other such statement may run at the same time.

        Raises:
            MirrorError: `QueueUnavailable`, `Busy` or `StorageFull`.
        """

    def now_s(self) -> float:
        """Return the Unix time by the queue's clock."""
        now_s: float = self._rows("SELECT now_s() AS now_s", {})[0]["now_s"]
        return now_s

    def add(self, job: Job) -> bool:
        """Store a new job, unless its visitor, address, or everybody, have the allowed number already."""
        values = ", ".join(f"CAST(:{column} AS {_TYPES.get(column, 'TEXT')})" for column in COLUMNS)
        statement = f"""
            INSERT INTO jobs ({_ALL}) SELECT {values}
            WHERE :jobs_per_visitor > (
                SELECT count(*) FROM jobs WHERE visitor_id = :visitor_id AND state IN {_names(ACTIVE)}
            ) AND :jobs_per_address > (
                SELECT count(*) FROM jobs WHERE address_digest = :address_digest AND state IN {_names(ACTIVE)}
            ) AND :jobs_max > (SELECT count(*) FROM jobs WHERE state IN {_names(ACTIVE)})
            AND (CAST(:state AS TEXT) <> 'uploading' OR :uploads_per_address > (
                SELECT count(*) FROM jobs WHERE address_digest = :address_digest AND state = 'uploading'
            ))
            RETURNING id
        """
        row = asdict(job) | {"state": str(job.state), "name": storable(job.name)}
        return bool(self._rows(statement, row | self._limits, alone=True))

    def take_upload(self, job_id: str, holder: str) -> Job | None:
        """Let one request write to an upload; None where another one does, or where it is none or has expired."""
        statement = f"""
            UPDATE jobs SET worker = :holder, lease_until_s = now_s() + :lease_s
            WHERE id = :id AND state = 'uploading' AND expires_s >= now_s()
                AND (worker IS NULL OR worker = :holder OR lease_until_s < now_s())
            RETURNING {_ALL}
        """
        jobs = self._jobs(statement, {"id": job_id, "holder": holder})
        return jobs[0] if jobs else None

    def advance_upload(
        self, job_id: str, holder: str, received_bytes: int, expires_s: float, upload_ref: str = ""
    ) -> bool:
        """Prolong the hold of an upload, and store how far it is; False where it is held no longer."""
        statement = f"""
            UPDATE jobs SET received_bytes = :received_bytes, expires_s = :expires_s, upload_ref = :upload_ref,
                lease_until_s = now_s() + :lease_s WHERE {_UPLOAD_HELD} RETURNING id
        """
        values = {"received_bytes": received_bytes, "expires_s": expires_s, "upload_ref": upload_ref}
        return self._changed(statement, values | {"id": job_id, "holder": holder})

    def leave_upload(self, job_id: str, holder: str) -> bool:
        """Let another request go on with the upload; False where it is held no longer."""
        statement = f"UPDATE jobs SET worker = NULL, lease_until_s = 0 WHERE {_UPLOAD_HELD} RETURNING id"
        return self._changed(statement, {"id": job_id, "holder": holder})

    def enqueue(self, job_id: str, holder: str, name: str, size_bytes: int, upload_ref: str = "") -> bool:
        """Queue a job whose upload is whole; False where it is held no longer."""
        statement = f"""
            UPDATE jobs SET state = 'queued', worker = NULL, lease_until_s = 0, name = :name, size_bytes = :size_bytes,
                received_bytes = :size_bytes, upload_ref = :upload_ref, created_s = now_s(),
                expires_s = now_s() + :expire_s
            WHERE {_UPLOAD_HELD} RETURNING id
        """
        values = {"id": job_id, "holder": holder, "name": storable(name), "size_bytes": size_bytes}
        values |= {"upload_ref": upload_ref}
        return self._changed(statement, values)

    def uploading_bytes(self) -> int:
        """Return the size of all uploads under way, together."""
        statement = "SELECT coalesce(sum(size_bytes), 0) AS bytes FROM jobs WHERE state = 'uploading'"
        return int(self._rows(statement, {})[0]["bytes"])

    def get(self, job_id: str) -> Job | None:
        """Return a job, or None where there is none or its time is up."""
        jobs = self._jobs(f"SELECT {_ALL} FROM jobs WHERE id = :id AND {_THERE}", {"id": job_id})
        return jobs[0] if jobs else None

    def of_visitor(self, visitor_id: str) -> list[Job]:
        """Return a visitor's jobs, newest first, without those whose time is up."""
        statement = f"""
            SELECT {_ALL} FROM jobs WHERE visitor_id = :visitor_id AND {_THERE}
            ORDER BY created_s DESC, {self._INSERTED} DESC
        """
        return self._jobs(statement, {"visitor_id": visitor_id})

    def waiting(
        self, visitor_id: str | None = None, address_digest: str | None = None, state: State | None = None
    ) -> int:
        """Return how many jobs of a visitor, of an address, or of all, are in a state; by default in an active one."""
        statement = f"""
            SELECT count(*) AS jobs FROM jobs WHERE state IN {_names(ACTIVE if state is None else (state,))}
                AND visitor_id = coalesce(:visitor_id, visitor_id)
                AND address_digest = coalesce(:address_digest, address_digest)
        """
        return int(self._rows(statement, {"visitor_id": visitor_id, "address_digest": address_digest})[0]["jobs"])

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state; states without a job are left out."""
        rows = self._rows("SELECT state, count(*) AS jobs FROM jobs GROUP BY state", {})
        return {State(row["state"]): row["jobs"] for row in rows}

    def claim(self, worker: str) -> Job | None:
        """Take a job that waits or whose worker is gone, or None: see `JobQueue.claim` for whose."""
        statement = f"""
            UPDATE jobs SET state = 'running', worker = :worker, lease_until_s = now_s() + :lease_s,
                attempts = attempts + 1, progress = 0, frames_done = 0, skipped_frames = 0, fps = 0, eta_s = NULL
            WHERE id = (
                SELECT id FROM jobs WHERE {self._free()} AND attempts < :attempts_max
                ORDER BY {_LAST_TURN_OF} address_digest) NULLS FIRST, {_LAST_TURN_OF} visitor_id) NULLS FIRST,
                    created_s, {self._INSERTED}
                LIMIT 1 {self._LOCKED}
            ) RETURNING {_ALL}
        """
        jobs = self._jobs(statement, {"worker": worker})
        return jobs[0] if jobs else None

    def fail_hopeless(self) -> list[str]:
        """Fail the jobs that no worker runs or may run, and return their ids.

        Either `job_attempts` workers died with the job, or its turn has not come before its time was up.
        """
        statement = f"""
            UPDATE jobs SET state = 'failed', worker = NULL, eta_s = NULL, expires_s = now_s() + :expire_s,
                error_code = CASE WHEN attempts >= :attempts_max THEN 'worker_died' ELSE 'waited_too_long' END,
                error_message = CASE WHEN attempts >= :attempts_max
                    THEN CAST(:worker_died AS TEXT) ELSE CAST(:waited_too_long AS TEXT) END
            WHERE {self._free()} AND (attempts >= :attempts_max OR expires_s < now_s()) RETURNING id
        """
        return self._ids(statement, {"worker_died": WORKER_DIED, "waited_too_long": WAITED_TOO_LONG})

    def heartbeat(self, job_id: str, worker: str, progress: JobProgress) -> bool:
        """Prolong the lease and store the progress; False where the worker no longer holds the job."""
        statement = f"""
            UPDATE jobs SET lease_until_s = now_s() + :lease_s, progress = greatest(progress, :progress),
                frames_done = :frames_done, skipped_frames = :skipped_frames, fps = :fps, eta_s = :eta_s,
                width = coalesce(:width, width), height = coalesce(:height, height)
            WHERE {_HELD} RETURNING id
        """
        return self._changed(statement, asdict(progress) | {"id": job_id, "worker": worker})

    def finish(self, job_id: str, worker: str, state: State, error: tuple[str, str] | None = None) -> bool:
        """End a job as succeeded or failed; its result may be fetched for `expire_s` from now."""
        if state not in FINAL:
            raise ValueError(f"{state} is no end")
        code, message = (None, None) if error is None else map(storable, error)
        done = ", progress = 1" if state is State.SUCCEEDED else ""
        statement = f"""
            UPDATE jobs SET state = :state, worker = NULL, eta_s = NULL, expires_s = now_s() + :expire_s{done},
                error_code = :error_code, error_message = :error_message
            WHERE {_HELD} RETURNING id
        """
        values = {"id": job_id, "worker": worker, "state": str(state)}
        return self._changed(statement, values | {"error_code": code, "error_message": message})

    def release(self, job_id: str, worker: str) -> bool:
        """Put a job back as if it had not been started; False where the worker no longer holds it."""
        statement = f"""
            UPDATE jobs SET state = 'queued', worker = NULL, attempts = attempts - 1, progress = 0, frames_done = 0,
                skipped_frames = 0, fps = 0, eta_s = NULL
            WHERE {_HELD} RETURNING id
        """
        return self._changed(statement, {"id": job_id, "worker": worker})

    def cancel(self, job_id: str) -> bool:
        """Cancel a job that waits or runs; its worker learns it from the next heartbeat."""
        statement = f"""
            UPDATE jobs SET state = 'cancelled', worker = NULL, eta_s = NULL, expires_s = now_s() + :expire_s
            WHERE id = :id AND state IN {_names(sources(State.CANCELLED))} RETURNING id
        """
        return self._changed(statement, {"id": job_id})

    def remove(self, job_id: str) -> bool:
        """Forget a job that has ended or is being uploaded."""
        return self._changed(f"DELETE FROM jobs WHERE id = :id AND state IN {_REMOVABLE} RETURNING id", {"id": job_id})

    def remove_expired(self) -> list[str]:
        """Forget the uploads and the jobs that have ended whose time is up, and return their ids."""
        old_turns = "DELETE FROM turns WHERE turn < (SELECT max(turn) FROM turns) - :kept RETURNING who"
        self._rows(old_turns, {"kept": _TURNS_KEPT})
        return self._ids(f"DELETE FROM jobs WHERE expires_s < now_s() AND state IN {_REMOVABLE} RETURNING id", {})

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        return set(self._ids("SELECT id FROM jobs", {}))

    def _free(self) -> str:
        return f"(state = 'queued' OR (state = 'running' AND {self._LAPSED}))"

    def _changed(self, statement: str, values: Mapping[str, Any]) -> bool:
        return bool(self._rows(statement, {**values, **self._times}))

    def _ids(self, statement: str, values: Mapping[str, Any]) -> list[str]:
        return [row["id"] for row in self._rows(statement, {**values, **self._times})]

    def _jobs(self, statement: str, values: Mapping[str, Any]) -> list[Job]:
        rows = self._rows(statement, {**values, **self._times})
        return [Job(**{**row, "state": State(row["state"])}) for row in rows]
