"""Attempts at a job: of a worker that stalled nothing is seen, and a store that is away delays a job and loses none."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.s3_server import s3_server
from tests.small_disk import disk_of
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import Jobs, wait_for
from webapp.config import Settings
from webapp.videos.jobs.attempt import Attempt
from webapp.videos.jobs.blobs.disk import DiskBlobStore
from webapp.videos.jobs.blobs.opening import open_blob_store
from webapp.videos.jobs.blobs.s3 import S3BlobStore
from webapp.videos.jobs.blobs.store import PREVIEW, RESULT, RESULTS, BlobStore, part_key, run_key, with_part
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.runner import End
from webapp.videos.jobs.states import State
from webapp.videos.jobs.worker import Worker


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(Settings(data_folder=tmp_path / "data", lease_s=0.5, inference_threads=1))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("videos") / "in.mp4", 3)


def attempt(job: Job, store: BlobStore, settings: Settings) -> Attempt:
    return Attempt(job, store, settings, lambda progress: True, 60)


def claimed(jobs: Jobs, worker: str) -> Job:
    job = jobs.queue.claim(worker)
    assert job is not None
    return job


def test_a_worker_that_lost_its_lease_replaces_nothing(jobs: Jobs, video: Path) -> None:
    job_id = jobs.add(video)
    stalled = claimed(jobs, "stalled")
    wait_for(lambda: jobs.get(job_id).lease_until_s < time.time())
    assert Worker(jobs.settings, jobs.queue).run_one()
    winner = jobs.path(job_id, RESULT)
    assert winner.parent.name == "run-2"
    before = winner.stat()
    # It wakes up, and does all of its work before it learns that the job is no longer its own.
    late = attempt(stalled, jobs.store, jobs.settings)
    part = part_key(job_id, "part-1")
    draft = jobs.store.draft(job_id)
    draft.write_bytes(video.read_bytes())
    jobs.store.put(part, draft)  # as if it had fetched the upload before
    assert late.run().end is End.DONE
    assert not jobs.queue.finish(job_id, "stalled", State.SUCCEEDED)
    assert jobs.get(job_id).attempts == 2
    assert jobs.path(job_id, RESULT) == winner
    assert (winner.stat().st_ino, winner.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert jobs.store.find(run_key(job_id, 1, RESULT)) is not None
    late.discard()
    assert jobs.store.find(run_key(job_id, 1, RESULT)) is None
    assert jobs.store.find(run_key(job_id, 2, RESULT)) is not None


def test_an_attempt_that_is_stopped_stores_no_result(jobs: Jobs, video: Path) -> None:
    job_id = jobs.add(video)
    stopped = Attempt(claimed(jobs, "worker"), jobs.store, jobs.settings, lambda progress: False, 60)
    assert stopped.run().end is End.STOPPED
    assert jobs.files(job_id) == {"part-1"}


def test_a_bucket_that_is_away_delays_a_job(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        settings = Settings(data_folder=tmp_path / "data", s3_bucket=server.bucket, inference_threads=1)
        store = open_blob_store(settings)
        jobs = Jobs(settings, store)
        job_id = jobs.add(video)
        beats: list[float] = []

        def keep_on(progress: object) -> bool:
            beats.append(time.monotonic())
            return True

        server.stop()
        work = Attempt(claimed(jobs, "worker"), store, settings, keep_on, 60)
        ended: list[End] = []
        thread = threading.Thread(target=lambda: ended.append(work.run().end))
        thread.start()
        wait_for(lambda: len(beats) > 5)
        assert thread.is_alive(), "it waits, and its heartbeats go on"
        server.start()
        thread.join(60)
        assert ended == [End.DONE]
        wanted = {f"jobs/{job_id}/part-1", *(f"jobs/{job_id}/run-1/{name}" for name in RESULTS)}
        assert set(server.listed()) == wanted


def test_a_preview_that_is_still_on_its_way_breaks_nothing(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(params: dict[str, Any], **_: object) -> None:
        if params["url_path"].endswith(PREVIEW):
            time.sleep(3)

    with s3_server() as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        settings = Settings(data_folder=tmp_path / "data", s3_bucket=server.bucket, inference_threads=1)
        store = S3BlobStore(server.bucket, tmp_path / "scratch", 10)
        store._client.meta.events.register("before-call.s3.PutObject", slow)
        jobs = Jobs(settings, store)
        job_id = jobs.add(video)
        assert attempt(claimed(jobs, "worker"), store, settings).run().end is End.DONE
        assert {f"jobs/{job_id}/run-1/{name}" for name in RESULTS} <= set(server.listed())


def test_a_job_that_is_deleted_while_its_results_are_stored_is_stopped(jobs: Jobs, video: Path) -> None:
    class Deleted(DiskBlobStore):
        def put(self, key: str, path: Path) -> None:
            if path.name == RESULT:
                jobs.queue.cancel(job_id)
                self.remove(job_id)
            super().put(key, path)

    job_id = jobs.add(video)
    store = Deleted(jobs.settings.data_folder)
    work = Attempt(claimed(jobs, "w"), store, jobs.settings, lambda p: jobs.queue.heartbeat(job_id, "w", p), 60)
    assert work.run().end is End.STOPPED


def test_a_disk_that_is_full_when_the_parts_are_joined_is_no_fault_of_the_video(jobs: Jobs, video: Path) -> None:
    job_id = jobs.add(video, upload_ref=with_part(with_part("", "part-1"), "part-2"))
    content = 4 * video.read_bytes()
    for name in ("part-1", "part-2"):
        draft = jobs.store.draft(job_id)
        draft.write_bytes(content)
        jobs.store.put(part_key(job_id, name), draft)
    work = attempt(claimed(jobs, "worker"), jobs.store, jobs.settings)
    with disk_of(len(content) * 3 // 2):
        outcome = work.run()
    assert (outcome.end, outcome.error and outcome.error[0]) == (End.FAILED, "storage_full")


def test_a_video_of_an_earlier_version_is_one_file(jobs: Jobs, video: Path) -> None:
    job_id = jobs.add(video, upload_ref="")
    folder = DiskBlobStore(jobs.settings.data_folder).folder(job_id)
    (folder / "part-1").rename(folder / "upload")
    assert Worker(jobs.settings, jobs.queue).run_one()
    assert jobs.state(job_id) is State.SUCCEEDED
