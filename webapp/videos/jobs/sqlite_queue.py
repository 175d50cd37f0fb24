"""The job queue in one SQLite table: one file, no server, safe between processes of one machine."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

from webapp.config import Settings
from webapp.videos.jobs.sql_queue import Row, SqlJobQueue
from webapp.videos.jobs.sqlite_table import connect, execute

_STEP_NOTICED_WITHIN_S = 2.0


class SqliteJobQueue(SqlJobQueue):
    """See `JobQueue`. The file is `jobs.sqlite3` in the data folder, in WAL mode."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def shift_times(self, step_s: float) -> None:
        """Move the times of all jobs by `step_s` seconds, by which the system's clock has just been set."""
        # What was stored after the step has the new time already.
        statement = """
            UPDATE jobs SET created_s = created_s + :step_s, expires_s = expires_s + :step_s,
                lease_until_s = lease_until_s + :step_s
            WHERE created_s NOT BETWEEN now_s() - :noticed_within_s AND now_s() RETURNING id
        """
        self._rows(statement, {"step_s": step_s, "noticed_within_s": _STEP_NOTICED_WITHIN_S})

    def _rows(self, statement: str, values: Mapping[str, Any], alone: bool = False) -> list[Row]:
        # Every statement that changes something runs alone in SQLite.
        with self._lock:
            if self._connection is None:
                self._connection = connect(self._settings.data_folder)
            return [dict(row) for row in execute(self._connection, statement, dict(values)).fetchall()]
