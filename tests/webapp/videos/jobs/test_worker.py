from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.video_maker import make_video, read_video
from tests.webapp.videos.running_jobs import Jobs, children_of, is_alive, wait_for, worker
from webapp.config import Settings
from webapp.errors import Busy
from webapp.processes.helpers import process_environ
from webapp.videos.jobs.blobs.store import DETECTIONS, PREVIEW, RESULT
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.states import State
from webapp.videos.jobs.worker import Worker


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(Settings(data_folder=tmp_path / "data", lease_s=2.0, inference_threads=1))


@pytest.fixture(scope="session")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that takes some seconds to work on."""
    return make_video(tmp_path_factory.mktemp("videos") / "long.mp4", 2400)


def test_a_video_is_annotated_and_nothing_else_stays(jobs: Jobs, tmp_path: Path) -> None:
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 30, sound="aac"))
    with worker(jobs.settings):
        job = jobs.wait_until_ended(job_id)
        wait_for(lambda: jobs.files(job_id) == {f"run-1/{name}" for name in (RESULT, DETECTIONS, PREVIEW)}, 10)
    assert (job.state, job.progress, job.frames_done, job.attempts) == (State.SUCCEEDED, 1.0, 30, 1)
    assert (job.width, job.height) == (128, 96)
    folder = jobs.path(job_id)
    assert len(read_video(folder / RESULT)[1]) == 30
    lines = [json.loads(line) for line in (folder / DETECTIONS).read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(30))
    assert (folder / PREVIEW).read_bytes().startswith(b"\xff\xd8")


def test_sigterm_puts_the_job_back_and_it_costs_no_attempt(jobs: Jobs, long_video: Path) -> None:
    job_id = jobs.add(long_video)
    with worker(jobs.settings) as process:
        jobs.wait_until_running(job_id)
        children = children_of(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    assert (jobs.state(job_id), jobs.get(job_id).attempts) == (State.QUEUED, 0)
    assert children
    assert not any(map(is_alive, children))


def test_cancelling_ends_the_child_and_removes_the_video(jobs: Jobs, long_video: Path, tmp_path: Path) -> None:
    job_id, after = jobs.add(long_video), jobs.add(make_video(tmp_path / "in.mp4", 3))
    with worker(jobs.settings) as process:
        jobs.wait_until_running(job_id)
        children = children_of(process.pid)
        assert jobs.queue.cancel(job_id)
        wait_for(lambda: not jobs.disk.folder(job_id).exists(), 10)
        assert not any(map(is_alive, children))
        assert jobs.wait_until_ended(after).state is State.SUCCEEDED
    assert jobs.state(job_id) is State.CANCELLED


def test_a_worker_whose_parent_is_gone_stops_and_puts_the_job_back(jobs: Jobs, long_video: Path) -> None:
    job_id = jobs.add(long_video)
    with worker(jobs.settings, "--parent", "1") as process:
        assert process.wait(timeout=20) == 0
    assert jobs.state(job_id) is State.QUEUED


def test_expired_videos_are_deleted(jobs: Jobs, tmp_path: Path) -> None:
    settings = replace(jobs.settings, expire_s=1.0)
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 3))
    with worker(settings):
        wait_for(lambda: jobs.queue.get(job_id) is None)
        wait_for(lambda: not jobs.disk.folder(job_id).exists(), 5)


def test_a_long_video_keeps_nothing_from_being_swept_up(jobs: Jobs, long_video: Path, tmp_path: Path) -> None:
    video, past = make_video(tmp_path / "in.mp4", 3), time.time() - 1
    long = jobs.add(long_video)
    with worker(replace(jobs.settings, expire_s=6.0)):
        jobs.wait_until_running(long)
        ended, waiting = jobs.add(video, state=State.CANCELLED, expires_s=past), jobs.add(video, expires_s=past)
        wait_for(lambda: jobs.queue.get(ended) is None and jobs.state(waiting) is State.FAILED)
        wait_for(lambda: not jobs.disk.folder(ended).exists(), 5)
        assert jobs.get(waiting).error_code == "waited_too_long"
        wait_for(lambda: jobs.files(waiting) == set(), 5)
        assert jobs.state(long) is State.RUNNING


def test_what_cannot_be_swept_up_now_stops_no_work(jobs: Jobs, tmp_path: Path) -> None:
    class Unwilling(SqliteJobQueue):
        def remove_expired(self) -> list[str]:
            raise Busy("Not now.")

    stuck = Worker(jobs.settings, Unwilling(jobs.settings))
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 3))
    assert stuck.run_one()
    assert jobs.state(job_id) is State.SUCCEEDED


def test_a_video_that_is_gone_fails_its_job(jobs: Jobs, tmp_path: Path) -> None:
    job_id = jobs.add(make_video(tmp_path / "in.mp4", 3))
    jobs.store.remove(job_id)
    assert Worker(jobs.settings, jobs.queue).run_one()
    assert (jobs.state(job_id), jobs.get(job_id).error_code) == (State.FAILED, "not_found")


def test_an_idle_worker_returns_false(jobs: Jobs) -> None:
    assert not Worker(jobs.settings, jobs.queue).run_one()


def test_settings_reach_the_worker_but_not_the_secret(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, secret_key="s3cret", https=True, video_max_s=12.5)
    environ = process_environ(settings, {"SECRET_KEY": "s3cret", "MASK_MIRROR_EXPIRE_S": "1", "PATH": "/bin"})
    from webapp.config import load_settings

    assert load_settings(environ) == replace(settings, secret_key="")
    assert "s3cret" not in environ.values()
