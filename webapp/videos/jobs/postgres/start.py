"""What a process checks before it uses a database: that it can, that the tables fit, and that files are shared."""

from __future__ import annotations

import logging
import os
import secrets
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from webapp.config import BadDeployment, Settings
from webapp.videos.jobs.postgres.database import create_database, refusal
from webapp.videos.jobs.postgres.migrate import migrate

log = logging.getLogger(__name__)

TOKEN_FILE = "deployment"
"""In the data folder; the database has its content, too."""

_WAIT_S = 30.0
_RETRY_S = 0.5
_LOCK = 0x6D61_736D


def prepare(settings: Settings, wait_s: float = _WAIT_S) -> None:
    """Migrate the tables, and prove that the data folder is the one of all other processes.

    Where a bucket has the files, the folder may be any.

    Args:
        settings: `database_url`, `data_folder` and `s3_bucket` count.
        wait_s: a database that does not answer yet is waited for: servers start in any order.

    Raises:
        BadDeployment: the sentence says what to change.
    """
    engine = create_database(settings.database_url, patient=True)
    give_up_at = time.monotonic() + wait_s
    try:
        while not _prepared(engine, settings, time.monotonic() > give_up_at):
            time.sleep(_RETRY_S)
    finally:
        engine.dispose()


def _prepared(engine: Engine, settings: Settings, last: bool) -> bool:
    try:
        migrate(engine)
        with engine.connect() as autocommitting:
            connection = autocommitting.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                if not settings.s3_bucket:
                    _prove_shared(connection, settings.data_folder)
    except OperationalError as error:
        if reason := refusal(error):
            raise BadDeployment(f"DATABASE_URL cannot be used: {reason}.") from error
        if last:
            host = f"{engine.url.host or 'the local socket'}:{engine.url.port or 5432}"
            raise BadDeployment(f"DATABASE_URL cannot be used: no database answers at {host}.") from error
        return False
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0].rstrip(".")
        raise BadDeployment(f"DATABASE_URL cannot be used: {reason}.") from error
    return True


def _prove_shared(connection: Connection, folder: Path) -> None:
    known = connection.execute(text("SELECT value FROM deployment WHERE name = 'data_folder'")).scalar()
    path = folder / TOKEN_FILE
    try:
        found = path.read_text(encoding="ascii") if path.exists() else None
        if known is None and found is None:
            known = found = secrets.token_hex(16)
            folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(known)
            connection.execute(
                text("INSERT INTO deployment (name, value) VALUES ('data_folder', :value)"), {"value": known}
            )
    except (OSError, UnicodeError) as error:
        raise BadDeployment(f"the data folder {folder} cannot be used: {error}.") from error
    if found != known:
        raise BadDeployment(
            f"MASK_MIRROR_DATA_FOLDER ({folder}) is not the folder of the other processes at this database: all of "
            f"them need one shared folder. Where you have moved it, take its file {TOKEN_FILE!r} along."
        )
