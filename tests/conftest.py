"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.mirror_process import MirrorProcess, mirror_process
from webapp.app import create_app
from webapp.config import Settings

ASYNC_MODES = ("eventlet", "threading")


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An app in threading mode; no worker runs beside it."""
    settings = Settings(async_mode="threading", data_folder=tmp_path_factory.mktemp("data"), inference_threads=1)
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without cookies so far."""
    return app.test_client()


@pytest.fixture(scope="session", params=ASYNC_MODES)
def mirror(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A real server in each async mode."""
    folder: Path = tmp_path_factory.mktemp(f"mirror-{request.param}")
    with mirror_process(folder, request.param) as running:
        yield running
