"""Web processes without a worker, and `python -m webapp worker` beside them."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from bench.cluster.servers import Server
from tests.mirror_process import ROOT, free_port, mirror_process
from tests.queues import new_database
from tests.video_maker import make_video
from tests.webapp.test_deploy import procfile
from tests.webapp.videos.running_jobs import Jobs, children_of, is_alive, wait_for
from webapp.config import Settings
from webapp.videos.jobs.states import State

PYTHON_FIRST = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def start(command: str, settings: Settings, **more: str) -> subprocess.Popen[str]:
    own = {"DATABASE_URL": settings.database_url, "MASK_MIRROR_DATA_FOLDER": str(settings.data_folder)} | more
    environ = os.environ | PYTHON_FIRST | own
    return subprocess.Popen(shlex.split(command), cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def settings(postgres_server: Server, tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path / "data", database_url=new_database(postgres_server))


def test_the_procfile_s_worker_annotates_a_video_and_ends_on_sigterm(settings: Settings, tmp_path: Path) -> None:
    jobs = Jobs(settings)
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 5))
    process = start(procfile()["worker"], settings)
    try:
        assert jobs.wait_until_ended(job_id).state is State.SUCCEEDED
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("with_redis", [False, True])
def test_a_worker_ends_when_the_process_that_watches_it_was_killed(
    settings: Settings, redis_server: Server, with_redis: bool
) -> None:
    process = start(procfile()["worker"], settings, REDIS_URL=redis_server.url if with_redis else "")
    try:
        wait_for(lambda: bool(children_of(process.pid)))
        [child] = children_of(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not is_alive(child))
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("command", "values", "sentence"),
    [
        ("python -m webapp", {}, "SECRET_KEY is missing"),
        ("python -m webapp", {"SECRET_KEY": "k", "DATABASE_URL": "mysql://x/y"}, "must begin with postgresql://"),
        ("python -m webapp worker", {"DATABASE_URL": "mysql://x/y"}, "must begin with postgresql://"),
        ("python -m webapp worker", {"DATABASE_URL": "", "REDIS_URL": "redis://x"}, "REDIS_URL needs DATABASE_URL"),
    ],
)
def test_settings_that_cannot_work_end_the_start_with_a_sentence(
    settings: Settings, command: str, values: dict[str, str], sentence: str
) -> None:
    process = start(command, settings, PORT=str(free_port()), **values)
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode not in (0, None)
    assert sentence in said
    # TensorFlow Lite says that it is there.
    lines = [line for line in said.splitlines() if "XNNPACK" not in line]
    assert len(lines) == 1, said


@pytest.mark.parametrize("async_mode", ["eventlet", "threading"])
def test_a_web_process_without_a_worker_is_ready_and_starts_none(async_mode: str, tmp_path: Path) -> None:
    with mirror_process(tmp_path, async_mode, MASK_MIRROR_EMBEDDED_WORKER="0") as mirror:
        assert urllib.request.urlopen(mirror.url + "/readyz", timeout=5).status == 200
        children = psutil.Process(mirror.process.pid).children(recursive=True)
        assert not [child for child in children if "webapp.videos.worker_process" in child.cmdline()]
