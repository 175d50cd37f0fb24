"""The file of the SQLite queue: its tables, its connection, and how long a statement waits for another's lock."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from typing import Any

from webapp.errors import Busy, MirrorError, StorageFull
from webapp.videos.jobs.queue import QueueUnavailable
from webapp.videos.jobs.sql_queue import COLUMNS

log = logging.getLogger(__name__)

# The web process may have a single thread: a rare "try again" is better than all requests waiting on a lock.
_BUSY_TIMEOUT_S = 2.0
_RETRY_S = 0.02

_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    token_sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_s REAL NOT NULL,
    expires_s REAL NOT NULL,
    state TEXT NOT NULL,
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
    error_message TEXT,
    address_digest TEXT NOT NULL DEFAULT '',
    received_bytes INTEGER NOT NULL DEFAULT 0,
    upload_ref TEXT NOT NULL DEFAULT ''
)
"""
_BESIDE_THE_TABLE = (
    "CREATE INDEX IF NOT EXISTS jobs_by_visitor ON jobs (visitor_id)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state)",
    "CREATE TABLE IF NOT EXISTS turns (who TEXT PRIMARY KEY, turn INTEGER NOT NULL)",
    """
    CREATE TRIGGER IF NOT EXISTS turn_taken AFTER UPDATE OF attempts ON jobs WHEN new.attempts > old.attempts BEGIN
        INSERT OR REPLACE INTO turns SELECT who, (SELECT coalesce(max(turn), 0) + 1 FROM turns)
            FROM (SELECT new.visitor_id AS who UNION ALL SELECT new.address_digest);
    END
    """,
    "CREATE TABLE IF NOT EXISTS clock_steps (at_s REAL NOT NULL, step_s REAL NOT NULL, noticed_by TEXT NOT NULL)",
    # What was stored after the step has the new time already.
    """
    CREATE TRIGGER IF NOT EXISTS clock_stepped AFTER INSERT ON clock_steps BEGIN
        UPDATE jobs SET created_s = created_s + new.step_s, expires_s = expires_s + new.step_s,
            lease_until_s = lease_until_s + new.step_s WHERE created_s NOT BETWEEN now_s() - 2.0 AND now_s();
        DELETE FROM clock_steps WHERE rowid <> new.rowid;
    END
    """,
)


_ON_THE_TABLE = (
    ("TRIGGER", "turn_taken"),
    ("TRIGGER", "clock_stepped"),
    ("INDEX", "jobs_by_visitor"),
    ("INDEX", "jobs_by_state"),
)


def connect(folder: Path) -> sqlite3.Connection:
    """Open the table in `jobs.sqlite3`, made or taken over where needed.

    Raises:
        MirrorError: as `execute` does.
    """
    try:
        return _connect(folder)
    except (OSError, sqlite3.DatabaseError) as error:
        raise _translated(error) from error


def _connect(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "jobs.sqlite3"
    path.touch(mode=0o600)
    path.chmod(0o600)  # of an earlier version too; SQLite gives its other files the mode of this one
    # One connection behind one lock: under green threads a connection a thread would be one a request.
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.create_function("now_s", 0, lambda: time.time())  # not the function itself: a test replaces it
    connection.create_function("greatest", 2, max, deterministic=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    _make_tables(connection)
    # From now on `execute` waits: SQLite's own wait would stop all green threads.
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def execute(connection: sqlite3.Connection, statement: str, values: dict[str, Any]) -> list[sqlite3.Row]:
    """Return the rows of a statement; while another connection holds the table, wait without stopping green threads.

    Raises:
        MirrorError: `QueueUnavailable`, `Busy` or `StorageFull`.
    """
    give_up_at = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            # With RETURNING, a change is stored when its last row has been fetched: a full disk shows there.
            return connection.execute(statement, values).fetchall()
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # a mistake in this program
        except sqlite3.DatabaseError as error:
            translated = _translated(error)
            if type(translated) is not Busy or time.monotonic() > give_up_at:
                raise translated from error
        time.sleep(_RETRY_S)


def _make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables, or take over those of an earlier version: their videos have owners."""
    connection.execute("BEGIN IMMEDIATE")  # web process and worker start together
    present = {row["name"] for row in connection.execute("PRAGMA table_info(jobs)")}
    outdated = bool(present) and not present.issuperset(COLUMNS)
    if outdated:
        for kind, name in _ON_THE_TABLE:
            connection.execute(f"DROP {kind} IF EXISTS {name}")
        connection.execute("ALTER TABLE jobs RENAME TO jobs_before")
    connection.execute(_TABLE)
    if outdated:
        # A new table, not new columns: earlier ones allowed fewer states.
        kept = ", ".join(sorted(present & set(COLUMNS)))
        connection.execute(f"INSERT INTO jobs ({kept}) SELECT {kept} FROM jobs_before ORDER BY rowid")
        connection.execute("DROP TABLE jobs_before")
    for statement in _BESIDE_THE_TABLE:
        connection.execute(statement)
    connection.execute("COMMIT")


def _translated(error: OSError | sqlite3.DatabaseError) -> MirrorError:
    if "full" in str(error):
        return StorageFull("The disk is full. Try again later.")
    if "locked" in str(error) or "busy" in str(error):
        return Busy("The server is busy. Try again in a moment.")
    log.error("the job table cannot be used: %s", error)
    return QueueUnavailable()
