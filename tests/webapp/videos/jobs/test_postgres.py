"""What PostgreSQL needs beyond the promises of every queue."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cluster.servers import Server, execute, free_port, postgres
from tests.queues import new_database
from tests.webapp.videos.jobs.test_queue import new_job
from webapp.config import BadDeployment, Settings
from webapp.videos.engine import open_queue
from webapp.videos.jobs.job import JobProgress
from webapp.videos.jobs.postgres import database
from webapp.videos.jobs.postgres.start import TOKEN_FILE, prepare
from webapp.videos.jobs.queue import JobQueue, QueueUnavailable
from webapp.videos.jobs.states import State


@pytest.fixture
def settings(postgres_server: Server, tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path / "data", database_url=new_database(postgres_server))


@pytest.fixture
def queue(settings: Settings) -> JobQueue:
    return open_queue(settings)


def refusal(settings: Settings) -> str:
    """Return the sentence with which a start ends."""
    with pytest.raises(BadDeployment) as refused:
        prepare(settings, wait_s=0.1)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "mirror:mirror" not in sentence, "no password"
    return sentence


def test_processes_that_start_at_once_make_the_tables_once(settings: Settings) -> None:
    added: list[bool] = []

    def start(number: int) -> None:
        added.append(open_queue(settings).add(new_job(number, visitor=f"{number}")))

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert added == [True] * 8
    assert execute(settings.database_url, "SELECT count(*) FROM deployment") == [(1,)]


def test_tables_of_a_later_version_are_left_alone(settings: Settings, queue: JobQueue) -> None:
    execute(settings.database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert "later version (9999)" in refusal(settings)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("mirror:mirror@", "mirror:wrong@", "refuses the user or the password"),
        ("mirror:mirror@", "nobody:mirror@", "refuses the user or the password"),
        ("/test_", "/absent_", "no such database"),
        ("postgresql://", "mysql://", "must begin with postgresql://"),
        ("postgresql://", "", "of the form"),
        ("@127.0.0.1", "@127.0.0.1:x", "of the form"),
    ],
)
def test_what_is_wrong_with_the_address_is_said_at_the_start(
    settings: Settings, old: str, new: str, words: str
) -> None:
    assert words in refusal(replace(settings, database_url=settings.database_url.replace(old, new)))


def test_a_database_without_tls_is_refused_where_tls_is_asked_for(settings: Settings) -> None:
    url = settings.database_url + "?sslmode=require"
    assert "does not speak TLS" in refusal(replace(settings, database_url=url))


def test_a_database_that_does_not_answer_is_waited_for(settings: Settings) -> None:
    url = f"postgres://mirror:mirror@127.0.0.1:{free_port()}/mirror"
    assert "no database answers at 127.0.0.1" in refusal(replace(settings, database_url=url))


def test_heroku_s_form_of_the_address_is_read(settings: Settings) -> None:
    short = replace(settings, database_url=settings.database_url.replace("postgresql://", "postgres://"))
    assert open_queue(short).counts() == {}


def test_the_data_folder_must_be_the_one_of_the_others(settings: Settings, queue: JobQueue, tmp_path: Path) -> None:
    prepare(settings)
    elsewhere = replace(settings, data_folder=tmp_path / "elsewhere")
    assert "shared folder" in refusal(elsewhere)
    elsewhere.data_folder.mkdir()
    (settings.data_folder / TOKEN_FILE).rename(elsewhere.data_folder / TOKEN_FILE)
    prepare(elsewhere)
    assert "shared folder" in refusal(settings)


def test_a_folder_of_another_database_is_refused(settings: Settings, queue: JobQueue, postgres_server: Server) -> None:
    """Its sweeps would delete the videos of the other as orphans."""
    assert "shared folder" in refusal(replace(settings, database_url=new_database(postgres_server)))


def test_ids_and_names_with_nul_are_none_that_there_are(queue: JobQueue) -> None:
    assert queue.get("\x00") is None
    assert queue.of_visitor("anna\x00") == []
    assert queue.add(new_job(visitor="anna\x00"))
    assert queue.waiting("anna") == 0


def test_a_database_that_hangs_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections stay, and nothing answers: else each process would wait for ever."""
    monkeypatch.setattr(database, "_ANSWER_S", 0.5)
    with postgres() as server:
        queue = open_queue(replace(settings, database_url=server.url))
        assert queue.add(new_job(1))
        server.freeze()
        try:
            with pytest.raises(QueueUnavailable):
                queue.counts()
        finally:
            server.thaw()
        assert queue.counts() == {State.QUEUED: 1}


def test_only_the_clock_of_the_database_counts(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.add(new_job(created_s=queue.now_s(), expires_s=queue.now_s() + 100))
    assert queue.claim("w")
    future = time.time() + 1e6
    monkeypatch.setattr("time.time", lambda: future)
    assert abs(queue.now_s() - future) > 9e5
    queue.shift_times(1e6)
    assert queue.claim("other") is None, "the lease is not over"
    assert queue.fail_hopeless() == []
    assert queue.finish(new_job().id, "w", State.SUCCEEDED)
    assert queue.get(new_job().id) is not None


def test_a_database_that_is_away_is_an_error_of_the_queue_and_leases_count_anew(tmp_path: Path) -> None:
    with postgres() as server:
        settings = Settings(data_folder=tmp_path, database_url=server.url, lease_s=3)
        queue = open_queue(settings)
        queue.add(new_job())
        assert queue.claim("w")
        server.stop()
        with pytest.raises(QueueUnavailable):
            queue.claim("other")
        time.sleep(3.5)
        server.start()
        assert queue.claim("other") is None, "its worker could not prolong the lease"
        assert queue.heartbeat(new_job().id, "w", JobProgress(0.5))
        assert queue.finish(new_job().id, "w", State.SUCCEEDED)


def test_a_slow_query_stops_no_green_thread(settings: Settings) -> None:
    script = f"""
from webapp import green
green.patch()
import threading, time
import psycopg
ticks = []
def tick():
    while True:
        ticks.append(1)
        time.sleep(0.02)
threading.Thread(target=tick, daemon=True).start()
with psycopg.connect({settings.database_url!r}) as connection:
    before = len(ticks)
    connection.execute("SELECT pg_sleep(1)")
    print(len(ticks) - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 10
