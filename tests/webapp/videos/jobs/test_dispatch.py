"""Hints through Redis: they shorten the wait, and nothing depends on them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis as redis_client

from bench.cluster.servers import Server, free_port, redis
from tests.queues import new_database
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import Jobs, wait_for, worker, working
from webapp.config import BadDeployment, Settings
from webapp.processes.helpers import worker_environ
from webapp.serving.certificate import self_signed_certificate
from webapp.videos.engine import create_hints
from webapp.videos.jobs.dispatch.celery_app import QUEUE, redis_address
from webapp.videos.jobs.dispatch.hints import NoHints
from webapp.videos.jobs.states import State


@pytest.fixture
def own_redis(redis_server: Server) -> Iterator[redis_client.Redis]:
    """Its content, empty at first."""
    with redis_client.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def jobs(postgres_server: Server, redis_server: Server, own_redis: redis_client.Redis, tmp_path: Path) -> Jobs:
    settings = Settings(
        data_folder=tmp_path / "data",
        database_url=new_database(postgres_server),
        redis_url=redis_server.url,
        lease_s=2.0,
        inference_threads=1,
    )
    return Jobs(settings)


def hints_in(client: redis_client.Redis) -> tuple[int, int]:
    """Return how many hints wait, and how many a worker has taken and not acknowledged."""
    return client.llen(QUEUE), client.hlen("unacked")


def test_a_hint_is_taken_and_acknowledged_once_its_video_is_done(
    jobs: Jobs, own_redis: redis_client.Redis, tmp_path: Path
) -> None:
    hints = create_hints(jobs.settings)
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 5))
    hints.send(job_id)
    wait_for(lambda: hints_in(own_redis) == (1, 0))
    with worker(jobs.settings):
        assert jobs.wait_until_ended(job_id).state is State.SUCCEEDED
        wait_for(lambda: hints_in(own_redis) == (0, 0))


def test_sigterm_puts_job_and_hint_back(jobs: Jobs, own_redis: redis_client.Redis, tmp_path: Path) -> None:
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 2400))
    with worker(jobs.settings) as process:
        jobs.wait_until_running(job_id)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert (jobs.state(job_id), jobs.get(job_id).attempts) == (State.QUEUED, 0)
    create_hints(jobs.settings).send(job_id)
    with worker(jobs.settings) as process:
        jobs.wait_until_running(job_id)
        wait_for(lambda: hints_in(own_redis) == (0, 1))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert (jobs.state(job_id), jobs.get(job_id).attempts) == (State.QUEUED, 0)
    assert hints_in(own_redis) == (1, 0)


def test_videos_are_found_while_redis_is_gone_and_hints_are_taken_once_it_is_back(jobs: Jobs, tmp_path: Path) -> None:
    video = make_video(tmp_path / "in.mp4", 5)
    with redis() as server:
        settings = replace(jobs.settings, redis_url=server.url)
        server.stop(signal.SIGKILL)
        with worker(settings) as process:
            assert jobs.wait_until_ended(jobs.add(video)).state is State.SUCCEEDED
            server.start()
            create_hints(settings).send("x")
            with redis_client.Redis.from_url(server.url) as client:
                # Celery tries again after 2, 4, … seconds.
                wait_for(lambda: hints_in(client) == (0, 0) and client.exists(f"_kombu.binding.{QUEUE}") == 1, 60)
            assert process.poll() is None
            server.stop(signal.SIGKILL)
            assert jobs.wait_until_ended(jobs.add(video)).state is State.SUCCEEDED
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("async_mode", ["eventlet", "threading"])
@pytest.mark.parametrize("state", ["dead", "frozen"])
def test_a_hint_delays_nobody(async_mode: str, state: str) -> None:
    with redis() as server:
        if state == "dead":
            server.stop()
        else:
            server.freeze()
        script = f"""
if {async_mode == "eventlet"}:
    from webapp import green
    green.patch()
import time
from webapp.config import Settings
from webapp.videos.engine import create_hints
hints = create_hints(Settings(database_url="postgresql://x", redis_url={server.url!r}))
start = time.monotonic()
for _ in range(200):
    hints.send("x")
sent = time.monotonic() - start
ticks = 0
while time.monotonic() - start < 3:
    time.sleep(0.02)
    ticks += 1
print(sent < 1, ticks > 10)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.split() == ["True", "True"]


def test_a_hint_arrives_over_tls_with_a_private_certificate(tmp_path: Path) -> None:
    certificate = self_signed_certificate(tmp_path)
    port = free_port()
    files = ("--tls-cert-file", certificate["certfile"], "--tls-key-file", certificate["keyfile"])
    with redis("--tls-port", str(port), *files, "--tls-auth-clients", "no") as server:
        # Databases of their own: Celery keeps one pool of connections an address.
        queries = ("ssl_cert_reqs=none", f"ssl_ca_certs={certificate['certfile']}", "")
        for database, query in enumerate(queries):
            url = f"rediss://127.0.0.1:{port}/{database}?{query}"
            create_hints(Settings(database_url="postgresql://x", redis_url=url)).send("x")

        def arrived(database: int) -> bool:
            with redis_client.Redis(port=server.port, db=database) as client:
                return client.llen(QUEUE) == 1

        wait_for(lambda: arrived(0) and arrived(1))
        time.sleep(1)
        assert not arrived(2), "nobody vouches for this certificate"


def test_options_of_tls_are_split_off_the_address() -> None:
    url, tls = redis_address("rediss://:secret@host:6380/1?ssl_ca_certs=/ca.pem")
    assert url == "rediss://:secret@host:6380/1"
    assert tls is not None
    assert tls["ssl_ca_certs"] == "/ca.pem"
    assert redis_address("redis://host") == ("redis://host", None)
    with pytest.raises(BadDeployment, match="none, optional or required"):
        redis_address("rediss://host?ssl_cert_reqs=perhaps")


def test_half_a_configuration_is_refused() -> None:
    assert isinstance(create_hints(Settings()), NoHints)
    for values, words in (
        ({"redis_url": "redis://x"}, "needs DATABASE_URL"),
        ({"redis_url": "http://x", "database_url": "postgresql://x"}, "must begin with redis://"),
    ):
        with pytest.raises(BadDeployment, match=words):
            create_hints(Settings(**values))


def test_celery_s_own_command_starts_a_worker(jobs: Jobs, own_redis: redis_client.Redis, tmp_path: Path) -> None:
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 5))
    create_hints(jobs.settings).send(job_id)
    with working(jobs.settings, "celery", "-A", "webapp.videos.celery_worker", "worker") as process:
        assert jobs.wait_until_ended(job_id).state is State.SUCCEEDED
        wait_for(lambda: hints_in(own_redis) == (0, 0))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_celery_s_own_command_ends_with_a_sentence_without_redis(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "celery", "-A", "webapp.videos.celery_worker", "worker"]
    environ = worker_environ(Settings(data_folder=tmp_path))
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == "The worker cannot start: Celery needs REDIS_URL; without Redis start `python -m webapp worker`."
    )
