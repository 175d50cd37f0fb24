"""The job queue in one SQLite table: one file, no server, safe between processes of one machine."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from typing import Any

from webapp.config import Settings
from webapp.videos.jobs.sql_queue import Row, SqlJobQueue
from webapp.videos.jobs.sqlite_table import connect, execute

_STEP_NOTICED_WITHIN_S = 10.0
"""Workers notice a step of the clock within so long of each other."""


class SqliteJobQueue(SqlJobQueue):
    """See `JobQueue`. The file is `jobs.sqlite3` in the data folder, in WAL mode."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._name = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def shift_times(self, step_s: float) -> None:
        """Move the times of all jobs by `step_s` seconds, by which the system's clock has just been set."""
        # A trigger moves them, once: every worker at this table notices the step.
        statement = """
            INSERT INTO clock_steps (at_s, step_s, noticed_by) SELECT :at_s, :step_s, :noticed_by WHERE NOT EXISTS (
                SELECT 1 FROM clock_steps WHERE abs(at_s - :at_s) < :within_s AND abs(step_s - :step_s) < 1
                    AND noticed_by <> :noticed_by
            ) RETURNING at_s
        """
        values = {"at_s": time.monotonic(), "step_s": step_s, "noticed_by": self._name}
        self._rows(statement, values | {"within_s": _STEP_NOTICED_WITHIN_S})

    def _rows(self, statement: str, values: Mapping[str, Any], alone: bool = False) -> list[Row]:
        # Every statement that changes something runs alone in SQLite.
        with self._lock:
            if self._connection is None:
                self._connection = connect(self._settings.data_folder)
            return [dict(row) for row in execute(self._connection, statement, dict(values))]
