"""Rows 23, 25 and 27 to 29 of the fault table: workers and decoders that die, and disks that are full."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.faults.video_client import VideoClient
from tests.mirror_process import mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.small_disk import disk_of
from tests.video_maker import make_video, read_video
from tests.webapp.videos.jobs.test_queue import new_job
from tests.webapp.videos.running_jobs import Jobs, children_of, is_alive, wait_for, worker
from webapp.app import create_app
from webapp.config import Settings
from webapp.errors import MirrorError, StorageFull
from webapp.processes.helpers import process_environ
from webapp.videos.jobs.blobs.store import RESULT
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.states import State

FRAMES = 600
"""Of the long video: enough to be in the middle of it for seconds."""
FRAME = jpeg(astronaut_bgr())


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    settings = Settings(data_folder=tmp_path / "data", lease_s=1.5, job_attempts=20, inference_threads=1)
    return Jobs(settings)


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("videos") / "long.mp4", FRAMES)


@pytest.fixture(scope="module")
def short_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("videos") / "short.mp4", 5)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_row_23_a_decoder_that_dies_costs_its_job_alone(
    jobs: Jobs, long_video: Path, short_video: Path, number: signal.Signals
) -> None:
    with worker(jobs.settings) as process:
        job_id = jobs.add(long_video)
        jobs.wait_until_running(job_id)
        [child] = children_of(process.pid)
        os.kill(child, number)
        job = jobs.wait_until_ended(job_id)
        assert (job.state, job.error_code) == (State.FAILED, "crashed")
        assert jobs.wait_until_ended(jobs.add(short_video)).state is State.SUCCEEDED
        assert process.poll() is None


def test_row_23_a_decoder_that_hangs_is_killed_at_the_deadline(jobs: Jobs, long_video: Path, short_video: Path) -> None:
    with worker(replace(jobs.settings, video_deadline_s=4.0)) as process:
        job_id = jobs.add(long_video)
        jobs.wait_until_running(job_id)
        [child] = children_of(process.pid)
        os.kill(child, signal.SIGSTOP)
        job = jobs.wait_until_ended(job_id)
        assert (job.state, job.error_code) == (State.FAILED, "deadline")
        assert not is_alive(child)
        assert jobs.wait_until_ended(jobs.add(short_video)).state is State.SUCCEEDED


def test_row_23_a_decoder_that_swells_is_refused_memory(jobs: Jobs, tmp_path: Path) -> None:
    frames = [np.full((2000, 4000, 3), 90, np.uint8)] * 3
    job_id = jobs.add(make_video(tmp_path / "in.mp4", frames, codec_options={"preset": "ultrafast"}))
    with worker(replace(jobs.settings, video_memory_bytes=480_000_000)):
        job = jobs.wait_until_ended(job_id)
    assert job.state is State.FAILED
    assert job.error_code in ("too_large", "bad_video", "crashed", "internal")


@pytest.mark.parametrize("seed", range(3))
def test_row_27_killed_at_random_the_result_appears_once_and_whole(jobs: Jobs, long_video: Path, seed: int) -> None:
    dice = random.Random(seed)
    job_id = jobs.add(long_video)
    orphans: list[int] = []
    for _ in range(3):
        with worker(jobs.settings) as process:
            time.sleep(dice.uniform(0.3, 2.0))
            orphans += children_of(process.pid)
            process.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(map(is_alive, orphans)), 10)
    with worker(jobs.settings):
        job = jobs.wait_until_ended(job_id)
        result = jobs.path(job_id, RESULT)
        assert (job.state, job.frames_done) == (State.SUCCEEDED, FRAMES)
        assert len(read_video(result)[1]) == FRAMES
        written = result.stat().st_mtime_ns
        time.sleep(2 * jobs.settings.lease_s)
        assert result.stat().st_mtime_ns == written, "once is once"


def test_row_27_attempts_are_bounded(jobs: Jobs, long_video: Path) -> None:
    jobs = Jobs(replace(jobs.settings, job_attempts=2, lease_s=0.8))
    job_id = jobs.add(long_video)
    for attempt in (1, 2):
        with worker(jobs.settings):
            wait_for(lambda attempt=attempt: jobs.get(job_id).attempts == attempt)
        wait_for(lambda: jobs.get(job_id).lease_until_s < time.time())
    with worker(jobs.settings):
        job = jobs.wait_until_ended(job_id)
    assert (job.state, job.error_code, job.attempts) == (State.FAILED, "worker_died", 2)


def test_row_27_two_workers_divide_the_work(jobs: Jobs, short_video: Path) -> None:
    ids = [jobs.add(short_video) for _ in range(6)]
    with worker(jobs.settings), worker(jobs.settings):
        ended = [jobs.wait_until_ended(job_id) for job_id in ids]
    assert [(job.state, job.attempts) for job in ended] == [(State.SUCCEEDED, 1)] * 6


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_row_27_the_server_starts_its_worker_again(tmp_path: Path, long_video: Path, mode: str) -> None:
    with mirror_process(tmp_path / "data", mode, MASK_MIRROR_LEASE_S="1.5") as mirror:
        client = VideoClient(mirror)
        posted = client.upload(long_video.read_bytes())
        [process] = children_of(mirror.process.pid)
        wait_for(lambda: bool(children_of(process)))
        os.kill(process, signal.SIGKILL)
        assert mirror.healthy()
        job = client.wait(posted.json["id"])
        assert (job["state"], job["frames_done"]) == ("succeeded", FRAMES)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_row_28_sigterm_puts_the_job_back(tmp_path: Path, long_video: Path, mode: str) -> None:
    folder = tmp_path / "data"
    with mirror_process(folder, mode) as mirror:
        posted = VideoClient(mirror).upload(long_video.read_bytes())
        [process] = children_of(mirror.process.pid)
        wait_for(lambda: bool(children_of(process)))
        started = time.monotonic()
        mirror.process.send_signal(signal.SIGTERM)
        mirror.process.wait(timeout=25)
        assert time.monotonic() - started < 25
    job = SqliteJobQueue(Settings(data_folder=folder)).get(posted.json["id"])
    assert job is not None
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    assert not is_alive(process)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_row_29_a_job_table_that_is_gone_for_a_while_loses_no_job(tmp_path: Path, long_video: Path, mode: str) -> None:
    """Another program holds the table for longer than a lease lasts; live frames are answered all the time."""
    variables = {"MASK_MIRROR_LEASE_S": "1.5", "MASK_MIRROR_JOB_ATTEMPTS": "20"}
    with mirror_process(tmp_path / "data", mode, **variables) as mirror:
        client = VideoClient(mirror)
        running = client.upload(long_video.read_bytes()).json
        waiting = VideoClient(mirror)
        video = make_video(tmp_path / "in.mp4", 5).read_bytes()
        queued = waiting.upload(video).json
        wait_for(lambda: client.call("GET", running["links"]["self"]).json["frames_done"] > 0)
        live = mirror.connect()
        holder = sqlite3.connect(tmp_path / "data" / "jobs.sqlite3", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(1) as thread:
            uploads = [thread.submit(lambda: VideoClient(mirror).upload(video)) for _ in range(4)]
            answered = 0
            while not all(upload.done() for upload in uploads):
                answered += "faces" in live.call("frame", ({"seq": 1, "captured_ms": 0}, FRAME), timeout=30)
        holder.execute("ROLLBACK")
        holder.close()
        live.disconnect()
        assert [upload.result().status for upload in uploads] == [503] * 4
        assert answered > 12, "every upload waits two seconds for the table, and frames do not wait with it"
        for owner, job, frames in ((client, running, FRAMES), (waiting, queued, 5)):
            ended = owner.wait(job["id"], 240)
            assert (ended["state"], ended["frames_done"]) == ("succeeded", frames)
            assert len(read_video(owner.result(ended, tmp_path / job["id"]))[1]) == frames


def noisy_video(path: Path) -> Path:
    rng = np.random.default_rng(0)
    return make_video(path, [rng.integers(0, 255, (240, 320, 3), np.uint8) for _ in range(30)])


def upload(settings: Settings, video: Path) -> tuple[int, str | None]:
    client = create_app(settings).test_client()
    head = b'--x\r\nContent-Disposition: form-data; name="video"; filename="in.mp4"\r\n\r\n'
    body = head + video.read_bytes() + b"\r\n--x--\r\n"
    answer = client.post("/api/v1/videos", data=body, content_type="multipart/form-data; boundary=x")
    error = answer.json["error"]
    return answer.status_code, error and error["code"]


def test_row_25_a_disk_that_fills_up_during_the_upload(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "data", async_mode="threading", inference_threads=1)
    video = noisy_video(tmp_path / "in.mp4")
    assert video.stat().st_size > 400_000
    with disk_of(200_000):
        assert upload(settings, video) == (507, "storage_full")
    assert list((settings.data_folder / "jobs").iterdir()) == []
    assert upload(settings, video) == (202, None)


def test_row_25_a_nearly_full_disk_refuses_the_upload_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_folder=tmp_path / "data", async_mode="threading", inference_threads=1)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    assert upload(settings, noisy_video(tmp_path / "in.mp4")) == (507, "storage_full")


def test_row_25_a_disk_that_fills_up_during_the_writing(jobs: Jobs, tmp_path: Path, short_video: Path) -> None:
    job_id = jobs.add(noisy_video(tmp_path / "in.mp4"))
    command = [sys.executable, "-m", "webapp.videos.worker_process"]
    with disk_of(300_000):
        process = subprocess.Popen(command, env=process_environ(jobs.settings))
    try:
        job = jobs.wait_until_ended(job_id)
        assert (job.state, job.error_code) == (State.FAILED, "storage_full")
        wait_for(lambda: jobs.files(job_id) == set(), 5)
        assert jobs.wait_until_ended(jobs.add(short_video)).state is State.SUCCEEDED
    finally:
        process.kill()
        process.wait()


def test_row_25_a_job_table_without_room_is_storage_full_too(jobs: Jobs, short_video: Path) -> None:
    jobs.add(short_video)
    jobs.queue._rows("PRAGMA max_page_count = 1", {})

    def fill() -> None:
        for _ in range(500):
            jobs.add(short_video)

    with pytest.raises(StorageFull):
        fill()


def test_row_25_a_change_that_cannot_be_stored_is_an_error_of_the_table(jobs: Jobs, short_video: Path) -> None:
    jobs.add(short_video)
    table = jobs.settings.data_folder / "jobs.sqlite3-wal"
    with disk_of(table.stat().st_size), pytest.raises(MirrorError):
        jobs.queue.add(new_job(1))
    assert jobs.queue.add(new_job(1))
