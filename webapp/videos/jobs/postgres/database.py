"""Connections to PostgreSQL, and its errors in sentences."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from webapp.config import BadDeployment
from webapp.errors import MirrorError, StorageFull
from webapp.videos.jobs.queue import QueueUnavailable

log = logging.getLogger(__name__)

_CONNECT_S = 3
_STATEMENT_MS = 5_000
_ANSWER_S = 7.0
"""With the time to connect less than the fifteen seconds after which a silent worker is killed."""
_LOCK_MS = 2_000
_CONNECTIONS = 4
"""Of one process at most."""
_DISK_FULL = "53100"

_REFUSALS = {
    "password authentication failed": "the database refuses the user or the password",
    "no password supplied": "the database wants a password",
    "no pg_hba.conf entry": "the database lets this machine or user not in",
    "does not exist": "there is no such database or user",
    "certificate verify failed": "the database's certificate is not the one expected",
    "does not support SSL": "the database does not speak TLS",
    "root certificate file": "the file of the certificate authority (sslrootcert) cannot be read",
    "invalid sslmode": "it has an sslmode that is none",
}
"""What waiting does not change, by what PostgreSQL's client says."""


class _Impatient(psycopg.Connection[Any]):
    """A connection that is closed where the database has not answered for a while.

    The database bounds statements itself, but one that hangs as a whole (its disk, its machine) bounds nothing.
    """

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Drive a statement to its end; psycopg calls this."""
        try:
            return super().wait(gen, *args, **{"timeout": _ANSWER_S, **kwargs})
        except psycopg.OperationalError as error:
            if error.sqlstate is None:  # not the database's own word: what it may still answer would be mistaken
                self.close()
            raise


def create_database(url: str, patient: bool = False) -> Engine:
    """Return the connections to a database; nothing is opened yet.

    Args:
        url: `postgres://` or `postgresql://`, with the options of libpq (`sslmode`, `sslrootcert`, …) as its query.
        patient: wait for an answer as long as it takes, as migrations do.

    Raises:
        BadDeployment: it is no such URL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadDeployment("DATABASE_URL is not of the form postgresql://user:password@host:port/name.") from None
    if parsed.drivername not in ("postgres", "postgresql"):
        raise BadDeployment("DATABASE_URL must begin with postgresql://, or postgres://.")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=_CONNECTIONS - 1,
        pool_timeout=_LOCK_MS / 1000,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_S,
            "application_name": "mask-mirror",
            # A pooler between hands each statement to another connection.
            "prepare_threshold": None,
            "options": f"-c statement_timeout={_STATEMENT_MS} -c lock_timeout={_LOCK_MS}",
            # A machine that has vanished answers nothing, not even an error.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    )
    if not patient:

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: Any, _record: Any, args: Any, options: Any) -> psycopg.Connection[Any]:
            return _Impatient.connect(*args, **options)

    return engine


def translated(error: SQLAlchemyError) -> MirrorError:
    """Return the error that a caller of the queue gets."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if getattr(cause, "sqlstate", None) == _DISK_FULL:
        return StorageFull("The disk is full. Try again later.")
    log.warning("the database cannot be used: %s", type(cause or error).__name__)
    return QueueUnavailable()


def refusal(error: SQLAlchemyError) -> str | None:
    """Return why a database that answers lets nobody in, None where waiting may help."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    return next((sentence for words, sentence in _REFUSALS.items() if words in text), None)
