"""Alembic's entry: `migrate.py` brings the connection, its transaction and its lock."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
