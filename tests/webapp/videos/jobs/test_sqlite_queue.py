from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.webapp.videos.jobs.test_queue import new_job, uploading
from webapp.config import Settings
from webapp.videos.jobs.queue import QueueUnavailable
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path, lease_s=15, job_attempts=3)


def test_a_table_that_cannot_be_read_is_a_mirror_error(settings: Settings) -> None:
    (settings.data_folder / "jobs.sqlite3").write_bytes(b"no database" * 500)
    with pytest.raises(QueueUnavailable):
        SqliteJobQueue(settings).counts()
    with pytest.raises(QueueUnavailable):
        SqliteJobQueue(replace(settings, data_folder=settings.data_folder / "jobs.sqlite3")).add(new_job())


def test_a_table_of_an_earlier_version_is_taken_over_with_its_order_and_gets_the_new_state(settings: Settings) -> None:
    queue = SqliteJobQueue(replace(settings, jobs_per_visitor=9))
    for number in range(3):
        queue.add(new_job(number, created_s=1.0))
    path = settings.data_folder / "jobs.sqlite3"
    with sqlite3.connect(path) as table:
        created = table.execute("SELECT sql FROM sqlite_master WHERE name = 'jobs'").fetchone()[0]
        earlier = created.replace(
            "state TEXT NOT NULL",
            "state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled'))",
        )
        table.execute("DROP TABLE clock_steps")  # with its trigger; neither was there
        table.execute("ALTER TABLE jobs RENAME TO later")
        table.execute(earlier)
        table.execute("INSERT INTO jobs SELECT * FROM later")
        table.execute("DROP TABLE later")
        table.execute("ALTER TABLE jobs DROP COLUMN upload_ref")
        table.execute("ALTER TABLE jobs DROP COLUMN received_bytes")
    table.close()
    later = SqliteJobQueue(replace(settings, jobs_per_visitor=9))
    assert [job and job.id[-1] for job in (later.claim("w") for _ in range(3))] == ["0", "1", "2"]
    assert later.add(uploading(5)), "the earlier table refused this state"
    assert SqliteJobQueue(settings).waiting() == 4


def test_a_step_of_the_clock_that_two_workers_notice_moves_the_times_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = SqliteJobQueue(settings), SqliteJobQueue(settings)
    first.add(new_job(created_s=1e9, expires_s=2e9))

    def times() -> tuple[float, float]:
        job = first.get(new_job().id)
        assert job is not None
        return job.created_s - 1e9, job.expires_s - 2e9

    first.shift_times(-3600.0)
    second.shift_times(-3600.2)
    assert times() == (-3600.0, -3600.0)
    second.shift_times(3600.0)  # it was set right at once
    first.shift_times(3600.0)
    assert times() == (0.0, 0.0)
    second.shift_times(3600.0)  # and once more by as much
    assert times() == (3600.0, 3600.0)
    later_s = time.monotonic() + 60
    monkeypatch.setattr("time.monotonic", lambda: later_s)
    first.shift_times(3600.0)
    assert times() == (7200.0, 7200.0)


def test_a_job_table_without_sizes_is_taken_over(settings: Settings) -> None:
    queue = SqliteJobQueue(settings)
    queue.add(new_job())
    with sqlite3.connect(settings.data_folder / "jobs.sqlite3") as table:
        table.execute("ALTER TABLE jobs DROP COLUMN width")
        table.execute("ALTER TABLE jobs DROP COLUMN height")
    table.close()
    later = SqliteJobQueue(settings)
    job = later.get(new_job().id)
    assert job is not None
    assert (job.name, job.width, job.height) == ("video.mp4", None, None)
    assert later.add(new_job(1, width=128, height=96))
