"""The job queue in one SQLite table: one file, no server, safe between processes of one machine."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import asdict, fields
from typing import Any

from webapp.config import Settings
from webapp.errors import Busy, StorageFull
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.states import FINAL, State, sources

# The web process may have a single thread: a rare "try again" is better than all requests waiting on a lock.
_BUSY_TIMEOUT_S = 2.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    token_sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_s REAL NOT NULL,
    expires_s REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL,
    worker TEXT,
    lease_until_s REAL NOT NULL,
    progress REAL NOT NULL,
    frames_done INTEGER NOT NULL,
    skipped_frames INTEGER NOT NULL,
    fps REAL NOT NULL,
    eta_s REAL,
    width INTEGER,
    height INTEGER,
    error_code TEXT,
    error_message TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_visitor ON jobs (visitor_id);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state);
"""

_COLUMNS = [column.name for column in fields(Job)]
_ACTIVE = (State.QUEUED, State.RUNNING)


class SqliteJobQueue:
    """See `JobQueue`. The file is `jobs.sqlite3` in the data folder, in WAL mode.

    Every statement is short and atomic by itself.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def add(self, job: Job) -> bool:
        """Store a queued job, unless its visitor, or all visitors, have the allowed number waiting or running."""
        values = ", ".join(f":{column}" for column in _COLUMNS)
        statement = f"""
            INSERT INTO jobs ({", ".join(_COLUMNS)}) SELECT {values}
            WHERE :jobs_per_visitor > (
                SELECT count(*) FROM jobs WHERE visitor_id = :visitor_id AND state IN {_names(_ACTIVE)}
            ) AND :jobs_max > (SELECT count(*) FROM jobs WHERE state IN {_names(_ACTIVE)})
        """
        limits = {"jobs_per_visitor": self._settings.jobs_per_visitor, "jobs_max": self._settings.jobs_max}
        return self._change(statement, asdict(job) | limits)

    def get(self, job_id: str) -> Job | None:
        """Return a job, or None."""
        jobs = self._jobs("SELECT * FROM jobs WHERE id = :id", {"id": job_id})
        return jobs[0] if jobs else None

    def of_visitor(self, visitor_id: str) -> list[Job]:
        """Return a visitor's jobs, newest first."""
        statement = "SELECT * FROM jobs WHERE visitor_id = :visitor_id ORDER BY created_s DESC, rowid DESC"
        return self._jobs(statement, {"visitor_id": visitor_id})

    def waiting(self, visitor_id: str | None = None) -> int:
        """Return how many jobs of a visitor, or of all, wait or run."""
        theirs = "visitor_id = coalesce(:visitor_id, visitor_id)"
        statement = f"SELECT count(*) FROM jobs WHERE state IN {_names(_ACTIVE)} AND {theirs}"
        count: int = self._rows(statement, {"visitor_id": visitor_id})[0][0]
        return count

    def claim(self, worker: str) -> Job | None:
        """Take the oldest job that waits or whose worker is gone, or None."""
        now = time.time()
        statement = f"""
            UPDATE jobs SET state = 'running', worker = :worker, lease_until_s = :lease_until_s,
                attempts = attempts + 1, progress = 0, frames_done = 0, skipped_frames = 0, fps = 0, eta_s = NULL
            WHERE id = (
                SELECT id FROM jobs WHERE {_FREE} AND attempts < :attempts_max ORDER BY created_s, rowid LIMIT 1
            ) RETURNING *
        """
        values = {"worker": worker, "now": now, "lease_until_s": now + self._settings.lease_s}
        jobs = self._jobs(statement, values | {"attempts_max": self._settings.job_attempts})
        return jobs[0] if jobs else None

    def fail_hopeless(self) -> list[str]:
        """Fail the jobs that no worker runs or may run, and return their ids.

        Either `job_attempts` workers died with the job, or its turn has not come before its time was up.
        """
        statement = f"""
            UPDATE jobs SET state = 'failed', worker = NULL, eta_s = NULL, expires_s = :expires_s,
                error_code = iif(attempts >= :attempts_max, 'worker_died', 'waited_too_long'),
                error_message = iif(attempts >= :attempts_max, :worker_died, :waited_too_long)
            WHERE {_FREE} AND (attempts >= :attempts_max OR expires_s < :now) RETURNING id
        """
        now = time.time()
        values = {"now": now, "expires_s": now + self._settings.expire_s, "attempts_max": self._settings.job_attempts}
        return [row["id"] for row in self._rows(statement, values | _HOPELESS)]

    def heartbeat(self, job_id: str, worker: str, progress: JobProgress) -> bool:
        """Prolong the lease and store the progress; False where the worker no longer holds the job."""
        statement = f"""
            UPDATE jobs SET lease_until_s = :lease_until_s, progress = max(progress, :progress),
                frames_done = :frames_done, skipped_frames = :skipped_frames, fps = :fps, eta_s = :eta_s,
                width = coalesce(:width, width), height = coalesce(:height, height)
            WHERE {_HELD}
        """
        lease = {"lease_until_s": time.time() + self._settings.lease_s}
        return self._change(statement, asdict(progress) | lease | {"id": job_id, "worker": worker})

    def finish(self, job_id: str, worker: str, state: State, error: tuple[str, str] | None = None) -> bool:
        """End a job as succeeded or failed; its result may be fetched for `expire_s` from now."""
        if state not in FINAL:
            raise ValueError(f"{state} is no end")
        code, message = error or (None, None)
        statement = f"""
            UPDATE jobs SET state = :state, worker = NULL, eta_s = NULL, expires_s = :expires_s,
                progress = CASE :state WHEN 'succeeded' THEN 1 ELSE progress END,
                error_code = :error_code, error_message = :error_message
            WHERE {_HELD}
        """
        values = {"state": state, "expires_s": time.time() + self._settings.expire_s, "id": job_id, "worker": worker}
        return self._change(statement, values | {"error_code": code, "error_message": message})

    def release(self, job_id: str, worker: str) -> bool:
        """Put a job back as if it had not been started; False where the worker no longer holds it."""
        statement = (
            f"UPDATE jobs SET state = 'queued', worker = NULL, attempts = attempts - 1, progress = 0 WHERE {_HELD}"
        )
        return self._change(statement, {"id": job_id, "worker": worker})

    def cancel(self, job_id: str) -> bool:
        """Cancel a job that waits or runs; its worker learns it from the next heartbeat."""
        statement = f"""
            UPDATE jobs SET state = 'cancelled', worker = NULL, eta_s = NULL, expires_s = :expires_s
            WHERE id = :id AND state IN {_names(sources(State.CANCELLED))}
        """
        return self._change(statement, {"id": job_id, "expires_s": time.time() + self._settings.expire_s})

    def remove(self, job_id: str) -> bool:
        """Forget a job that has ended."""
        return self._change(f"DELETE FROM jobs WHERE id = :id AND state IN {_names(tuple(FINAL))}", {"id": job_id})

    def remove_expired(self) -> list[str]:
        """Forget the jobs that have ended and whose time is up, and return their ids."""
        statement = f"DELETE FROM jobs WHERE expires_s < :now AND state IN {_names(tuple(FINAL))} RETURNING id"
        return [row["id"] for row in self._rows(statement, {"now": time.time()})]

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        return {row["id"] for row in self._rows("SELECT id FROM jobs", {})}

    def _jobs(self, statement: str, values: dict[str, Any]) -> list[Job]:
        return [Job(**{**dict(row), "state": State(row["state"])}) for row in self._rows(statement, values)]

    def _change(self, statement: str, values: dict[str, Any]) -> bool:
        with self._lock:
            return _guarded(self._open(), statement, values).rowcount > 0

    def _rows(self, statement: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        with self._lock:
            rows: list[sqlite3.Row] = _guarded(self._open(), statement, values).fetchall()
            return rows

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._settings.data_folder.mkdir(parents=True, exist_ok=True)
            # One connection behind one lock: under green threads a connection a thread would be one a request.
            connection = sqlite3.connect(
                self._settings.data_folder / "jobs.sqlite3",
                timeout=_BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
            _add_missing_columns(connection)
            self._connection = connection
        return self._connection


def _names(states: tuple[State, ...]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


_HELD = "id = :id AND worker = :worker AND state = 'running'"
_FREE = "(state = 'queued' OR (state = 'running' AND lease_until_s < :now))"
_HOPELESS = {
    "worker_died": "This video stopped the program that reads it. Try another one.",
    "waited_too_long": "This video waited too long in the queue and was deleted. Please upload it again.",
}


def _add_missing_columns(connection: sqlite3.Connection) -> None:
    # A table of an earlier version stays in use: its videos have owners.
    connection.execute("BEGIN IMMEDIATE")  # web process and worker start together
    present = {row["name"] for row in connection.execute("PRAGMA table_info(jobs)")}
    for column in ("width", "height"):
        if column not in present:
            connection.execute(f"ALTER TABLE jobs ADD COLUMN {column} INTEGER")
    connection.execute("COMMIT")


def _guarded(connection: sqlite3.Connection, statement: str, values: dict[str, Any]) -> sqlite3.Cursor:
    try:
        return connection.execute(statement, values)
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise StorageFull("The disk is full. Try again later.") from error
        if "locked" in str(error) or "busy" in str(error):
            raise Busy("The server is busy. Try again in a moment.") from error
        raise
