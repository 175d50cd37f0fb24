"""Fixtures of several test modules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.cluster.servers import NotInstalled, Server, postgres, redis

if TYPE_CHECKING:  # the tests of the pure core run without Flask
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.mirror_process import MirrorProcess

ASYNC_MODES = ("eventlet", "threading")

# On a busy machine even a lone frame may wait for 0.3 s. Tests of freshness set an age of their own.
os.environ.setdefault("MASK_MIRROR_FRAME_MAX_AGE_S", "10")

if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores already. TensorFlow reads this when it is imported, here and in what a test starts.
    for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(variable, "1")

BEGIN_FIRST = ("test_walkthrough.py", "test_cluster.py", "test_training_job.py", "test_train_page.py")
"""Files with a test of a minute or more: a worker that begins one last keeps everybody waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; pytest calls this."""
    items.sort(key=lambda item: item.path.name not in BEGIN_FIRST)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An app in threading mode; no worker runs beside it."""
    from webapp.app import create_app
    from webapp.config import Settings

    settings = Settings(async_mode="threading", data_folder=tmp_path_factory.mktemp("data"), inference_threads=1)
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without cookies so far."""
    return app.test_client()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], MirrorProcess]]:
    """Real servers, one for each async mode, each from its first use to the end of all tests."""
    from tests.mirror_process import mirror_process

    running: dict[str, MirrorProcess] = {}
    with ExitStack() as stack:

        def server(async_mode: str) -> MirrorProcess:
            if async_mode not in running:
                folder: Path = tmp_path_factory.mktemp(f"mirror-{async_mode}")
                running[async_mode] = stack.enter_context(mirror_process(folder, async_mode))
            return running[async_mode]

        yield server


@pytest.fixture(params=ASYNC_MODES)
def mirror(request: pytest.FixtureRequest, servers: Callable[[str], MirrorProcess]) -> MirrorProcess:
    """A real server in each async mode. Not a session's parameter: a worker would restart it for every file."""
    return servers(request.param)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """PostgreSQL, from its first use to the end of all tests; skipped where it is not installed."""
    with _or_skip(postgres) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Server]:
    """Redis, from its first use to the end of all tests; skipped where it is not installed."""
    with _or_skip(redis) as server:
        yield server


@contextmanager
def _or_skip(run: Callable[[], AbstractContextManager[Server]]) -> Iterator[Server]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(run())
        except NotInstalled as missing:
            pytest.skip(f"{missing}: tools/install-servers.sh installs it")
        yield server
