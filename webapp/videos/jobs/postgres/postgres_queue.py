"""The job queue in a PostgreSQL table: its lock on a row is the queue, its clock is everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)

from webapp.config import Settings
from webapp.videos.jobs.job import storable
from webapp.videos.jobs.postgres.database import create_database, translated
from webapp.videos.jobs.sql_queue import Row, SqlJobQueue

_ADD_LOCK = 0x6D61_736B
"""Number of the advisory lock of whoever adds a job."""


class PostgresJobQueue(SqlJobQueue):
    """See `JobQueue`; `migrate` has made the tables."""

    _INSERTED = "number"
    _LOCKED = "FOR UPDATE SKIP LOCKED"
    # While the database was away nobody could prolong a lease: each counts anew from its start.
    _LAPSED = "greatest(lease_until_s, extract(epoch FROM pg_postmaster_start_time()) + :lease_s) < now_s()"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._engine = create_database(settings.database_url)

    def shift_times(self, step_s: float) -> None:
        """Do nothing: no time here is by this machine's clock."""

    def close(self) -> None:
        """Close the connections; a later call opens others."""
        self._engine.dispose()

    def _rows(self, statement: str, values: Mapping[str, Any], alone: bool = False) -> list[Row]:
        clean = {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}
        try:
            with self._engine.connect() as connection:
                if alone:
                    # Counting and adding are one statement, but two of them would not see each other.
                    connection = connection.execution_options(isolation_level="READ COMMITTED")
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADD_LOCK})
                rows = connection.execute(text(statement), clean).mappings().all()
                if alone:
                    connection.commit()
                return [dict(row) for row in rows]
        except (IntegrityError, ProgrammingError):
            raise  # a mistake in this program
        except StatementError as error:
            if not isinstance(error, DBAPIError):
                raise
            raise translated(error) from error
        except SQLAlchemyError as error:
            raise translated(error) from error
