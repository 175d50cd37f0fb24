"""Bring the tables of a database to what this version needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from webapp.config import BadDeployment

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6D61_736C


def migrate(engine: Engine) -> None:
    """Run what is missing of the migrations, in one transaction; processes that start at once take turns.

    Raises:
        BadDeployment: the tables are of a later version.
        SQLAlchemyError: the database cannot be reached, or refuses.
    """
    with engine.connect() as autocommitting:
        connection = autocommitting.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            # A long migration of another process is waited for.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection).get_current_revision()
    if present == scripts.get_current_head():
        return
    try:
        scripts.get_revision(present or "base")
    except (CommandError, ResolutionError):
        raise BadDeployment(
            f"the tables of the database are of a later version ({present}); start that version, or restore a backup."
        ) from None
    command.upgrade(config, "head")
