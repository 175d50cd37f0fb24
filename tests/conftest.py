"""Fixtures of several test modules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # the tests of the pure core run without Flask
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.mirror_process import MirrorProcess

ASYNC_MODES = ("eventlet", "threading")


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


@pytest.fixture(scope="session", params=ASYNC_MODES)
def mirror(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A real server in each async mode."""
    from tests.mirror_process import mirror_process

    folder: Path = tmp_path_factory.mktemp(f"mirror-{request.param}")
    with mirror_process(folder, request.param) as running:
        yield running
