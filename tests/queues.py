"""The queues of jobs that tests run against: each opens a store that one test has to itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.cluster.servers import Server, execute
from webapp.config import Settings
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue

_numbers = itertools.count()


class OpenQueue:
    """Opens the queue of one store, as often as one likes.

    Args:
        settings: of the queue.
        kind: makes it.
    """

    def __init__(self, settings: Settings, kind: Callable[[Settings], JobQueue]) -> None:
        self.settings = settings
        self._kind = kind

    def __call__(self, **values: Any) -> JobQueue:
        """Return another queue of the store, with these settings."""
        return self._kind(replace(self.settings, **values))


@contextmanager
def sqlite(request: pytest.FixtureRequest, folder: Path) -> Iterator[OpenQueue]:
    """A file in the test's folder."""
    yield OpenQueue(Settings(data_folder=folder), SqliteJobQueue)


@contextmanager
def postgres(request: pytest.FixtureRequest, folder: Path) -> Iterator[OpenQueue]:
    """A database of its own in this process's server; skipped where there is no PostgreSQL."""
    from webapp.videos.jobs.postgres.database import create_database
    from webapp.videos.jobs.postgres.migrate import migrate
    from webapp.videos.jobs.postgres.postgres_queue import PostgresJobQueue

    url = new_database(request.getfixturevalue("postgres_server"))
    engine = create_database(url)
    migrate(engine)
    engine.dispose()
    with ExitStack() as stack:

        def opened(settings: Settings) -> PostgresJobQueue:
            queue = PostgresJobQueue(settings)
            stack.callback(queue.close)
            return queue

        yield OpenQueue(Settings(data_folder=folder, database_url=url), opened)


def new_database(server: Server) -> str:
    """Make an empty database and return its URL."""
    name = f"test_{next(_numbers)}"
    execute(server.url, f"CREATE DATABASE {name}")
    return server.url.rsplit("/", 1)[0] + f"/{name}"


QUEUES = {"sqlite": sqlite, "postgres": postgres}
