"""What every queue promises, whichever database it is in."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.queues import QUEUES, OpenQueue
from webapp.errors import Busy
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.states import FINAL, TRANSITIONS, State, sources

ID = "0" * 31


def new_job(number: int = 0, visitor: str = "anna", **values: object) -> Job:
    now = time.time() + number
    job = Job(f"{ID}{number:x}", visitor, "digest", "video.mp4", 10, now, now + 3600)
    return replace(job, **values)  # type: ignore[arg-type]


@pytest.fixture(params=QUEUES)
def open_queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenQueue]:
    """Opens the queue of a store that this test has to itself, with settings of one's own."""
    with QUEUES[request.param](request, tmp_path) as opened:
        yield opened


@pytest.fixture
def queue(open_queue: OpenQueue) -> JobQueue:
    return open_queue()


def state_of(queue: JobQueue, job: Job) -> State | None:
    found = queue.get(job.id)
    return None if found is None else found.state


def test_nothing_leads_out_of_an_end() -> None:
    assert {state for state, targets in TRANSITIONS.items() if not targets} == FINAL
    assert set(sources(State.CANCELLED)) == {State.QUEUED, State.RUNNING}


def test_a_job_comes_back_as_it_was_stored(queue: JobQueue) -> None:
    job = new_job(name="Überraschung'); DROP TABLE jobs;--.mp4")
    assert queue.add(job)
    assert queue.get(job.id) == job
    assert queue.get("nothing") is None


def test_the_oldest_is_claimed_first_and_once(queue: JobQueue) -> None:
    for number in (2, 0, 1):
        queue.add(new_job(number))
    claimed = [queue.claim("w") for _ in range(4)]
    assert [job and job.id[-1] for job in claimed] == ["0", "1", "2", None]
    assert claimed[0] is not None
    assert (claimed[0].state, claimed[0].attempts, claimed[0].worker) == (State.RUNNING, 1, "w")


def test_many_workers_never_claim_the_same_job(open_queue: OpenQueue) -> None:
    for number in range(16):
        open_queue(jobs_per_visitor=99).add(new_job(number))
    claimed: list[str] = []

    def work(name: str) -> None:
        own = open_queue(jobs_per_visitor=99)
        while job := own.claim(name):
            claimed.append(job.id)

    threads = [threading.Thread(target=work, args=(str(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(f"{ID}{i:x}" for i in range(16))


def test_a_visitor_may_have_so_many_waiting_and_another_as_many(open_queue: OpenQueue) -> None:
    queue = open_queue(jobs_per_visitor=2)
    assert [queue.add(new_job(i)) for i in range(3)] == [True, True, False]
    assert queue.add(new_job(4, visitor="ben"))
    job = queue.claim("w")
    assert job is not None
    assert queue.waiting("anna") == 2, "running counts as waiting"
    assert queue.waiting() == 3
    queue.finish(job.id, "w", State.SUCCEEDED)
    assert queue.add(new_job(5))
    assert [job.id[-1] for job in queue.of_visitor("anna")] == ["5", "1", "0"]


def test_everybody_together_may_have_so_many_waiting_also_where_all_come_at_once(open_queue: OpenQueue) -> None:
    added: list[bool] = []

    def add(number: int) -> None:
        queue, job = open_queue(jobs_max=5), new_job(number, visitor=f"visitor {number}")
        while True:
            try:
                added.append(queue.add(job))
            except Busy:  # on a busy machine; its sentence asks to try again
                continue
            return

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [False] * 7 + [True] * 5


def test_progress_arrives_and_never_falls(queue: JobQueue) -> None:
    queue.add(new_job())
    job = queue.claim("w")
    assert job is not None
    assert (job.width, job.height) == (None, None)
    assert queue.heartbeat(job.id, "w", JobProgress(0.5, 10, 1, 25.0, 3.0, 128, 96))
    assert queue.heartbeat(job.id, "w", JobProgress(0.4, 11, 1, 25.0, None))
    now = queue.get(job.id)
    assert now is not None
    assert (now.progress, now.frames_done, now.eta_s) == (0.5, 11, None)
    assert (now.width, now.height) == (128, 96), "a size once known stays known"


def test_a_job_without_heartbeat_is_run_again_and_its_old_worker_has_no_say(open_queue: OpenQueue) -> None:
    queue = open_queue(lease_s=1.0)
    queue.add(new_job())
    assert queue.claim("dead") is not None
    assert queue.claim("alive") is None
    time.sleep(1.1)
    job = queue.claim("alive")
    assert job is not None
    assert job.attempts == 2
    assert not queue.heartbeat(job.id, "dead", JobProgress())
    assert not queue.finish(job.id, "dead", State.SUCCEEDED)
    assert not queue.release(job.id, "dead")
    assert queue.finish(job.id, "alive", State.SUCCEEDED)


def test_attempts_are_bounded(open_queue: OpenQueue) -> None:
    queue = open_queue(lease_s=-1)
    queue.add(new_job())
    attempts = [job.attempts for job in itertools.takewhile(bool, (queue.claim("w") for _ in range(9))) if job]
    assert attempts == [1, 2, 3]
    assert queue.fail_hopeless() == [new_job().id]
    job = queue.get(new_job().id)
    assert job is not None
    assert (job.state, job.error_code) == (State.FAILED, "worker_died")
    assert queue.fail_hopeless() == []


def test_being_put_back_is_no_attempt(queue: JobQueue) -> None:
    queue.add(new_job())
    for _ in range(5):
        job = queue.claim("w")
        assert job is not None
        assert job.attempts == 1
        assert queue.release(job.id, "w")
    assert state_of(queue, new_job()) is State.QUEUED


def test_cancelling_takes_the_job_from_its_worker(queue: JobQueue) -> None:
    queue.add(new_job())
    job = queue.claim("w")
    assert job is not None
    assert queue.cancel(job.id)
    assert not queue.heartbeat(job.id, "w", JobProgress())
    assert not queue.finish(job.id, "w", State.SUCCEEDED)
    assert state_of(queue, job) is State.CANCELLED
    assert not queue.cancel(job.id), "once is enough"


def test_only_ended_jobs_are_removed(queue: JobQueue) -> None:
    queue.add(new_job())
    assert not queue.remove(new_job().id)
    queue.cancel(new_job().id)
    assert queue.remove(new_job().id)
    assert state_of(queue, new_job()) is None


def test_failing_keeps_code_and_sentence(queue: JobQueue) -> None:
    queue.add(new_job())
    queue.claim("w")
    assert queue.finish(new_job().id, "w", State.FAILED, ("no_video", "There is none."))
    job = queue.get(new_job().id)
    assert job is not None
    assert (job.error_code, job.error_message) == ("no_video", "There is none.")
    with pytest.raises(ValueError, match="no end"):
        queue.finish(new_job().id, "w", State.RUNNING)


def test_expired_jobs_go_but_not_under_the_hands_of_a_worker(open_queue: OpenQueue) -> None:
    queue = open_queue(expire_s=-1)
    for number in range(3):
        queue.add(new_job(number, expires_s=time.time() + 3600 * (number - 1)))
    queue.claim("w")
    queue.cancel(new_job(1).id)
    assert queue.fail_hopeless() == []
    assert queue.remove_expired() == [new_job(1).id]
    assert queue.ids() == {new_job(0).id, new_job(2).id}


def test_a_job_that_waits_too_long_fails_with_a_sentence_before_it_goes(open_queue: OpenQueue) -> None:
    queue = open_queue(lease_s=-1, expire_s=100)
    past = time.time() - 1
    queue.add(new_job(0, expires_s=past))
    assert queue.claim("dead") is not None, "nobody else has claimed it when its time is up"
    queue.add(new_job(1, expires_s=past))
    queue.add(new_job(2))
    assert queue.remove_expired() == []
    assert sorted(queue.fail_hopeless()) == [new_job(0).id, new_job(1).id]
    job = queue.get(new_job(1).id)
    assert job is not None
    assert (job.state, job.error_code) == (State.FAILED, "waited_too_long")
    assert job.error_message is not None
    assert job.error_message.endswith(".")
    assert job.expires_s > time.time() + 90, "its owner can read why"
    assert queue.claim("alive") == queue.get(new_job(2).id)


def test_time_to_fetch_the_result_counts_from_the_end(open_queue: OpenQueue) -> None:
    queue = open_queue(expire_s=100)
    queue.add(new_job(expires_s=time.time() + 1))
    queue.claim("w")
    queue.finish(new_job().id, "w", State.SUCCEEDED)
    job = queue.get(new_job().id)
    assert job is not None
    assert job.expires_s > time.time() + 90


def test_every_ended_job_stays_for_as_long(open_queue: OpenQueue) -> None:
    queue = open_queue(expire_s=100)
    queue.add(new_job(expires_s=time.time() + 1))
    queue.cancel(new_job().id)
    job = queue.get(new_job().id)
    assert job is not None
    assert job.expires_s > time.time() + 90


def uploading(number: int = 0, **values: object) -> Job:
    return new_job(number, **{"state": State.UPLOADING, "name": "video", "size_bytes": 100, **values})  # type: ignore[arg-type]


def test_an_upload_is_written_to_by_one_request_at_a_time_and_then_waits(open_queue: OpenQueue) -> None:
    queue = open_queue(expire_s=100)
    assert queue.add(uploading())
    assert queue.claim("w") is None, "what is not whole is not run"
    taken = queue.take_upload(uploading().id, "one")
    assert taken is not None
    assert (taken.received_bytes, taken.worker) == (0, "one")
    assert queue.take_upload(taken.id, "two") is None
    assert not queue.advance_upload(taken.id, "two", 50, taken.expires_s)
    assert queue.advance_upload(taken.id, "one", 60, taken.expires_s + 5, "part 1")
    assert not queue.leave_upload(taken.id, "two")
    assert queue.leave_upload(taken.id, "one")
    again = queue.take_upload(taken.id, "two")
    assert again is not None
    assert (again.received_bytes, again.upload_ref, again.expires_s) == (60, "part 1", taken.expires_s + 5)
    assert not queue.enqueue(taken.id, "one", "a.mp4", 100)
    assert queue.enqueue(taken.id, "two", "a.mp4", 99)
    job = queue.claim("w")
    assert job is not None
    assert (job.name, job.size_bytes, job.received_bytes, job.upload_ref) == ("a.mp4", 99, 99, "")
    assert abs(job.expires_s - queue.now_s() - 100) < 50
    assert queue.take_upload(taken.id, "two") is None, "it is an upload no longer"


def test_an_upload_goes_on_where_its_request_died(open_queue: OpenQueue) -> None:
    queue = open_queue(lease_s=1.0)
    queue.add(uploading())
    assert queue.take_upload(uploading().id, "dead")
    time.sleep(1.1)
    assert queue.take_upload(uploading().id, "alive")
    assert not queue.advance_upload(uploading().id, "dead", 1, time.time() + 9)


def test_uploads_count_and_those_of_an_address_more_strictly(open_queue: OpenQueue) -> None:
    queue = open_queue(jobs_per_visitor=3, jobs_per_address=9, jobs_max=20)
    assert [queue.add(uploading(i)) for i in range(4)] == [True, True, True, False]
    assert queue.uploading_bytes() == 300
    mine = [queue.add(uploading(8 + i, visitor=f"{i}", address_digest="near")) for i in range(5)]
    assert mine == [True] * 4 + [False], "a fifth of all"
    assert queue.waiting(address_digest="near", state=State.UPLOADING) == 4
    assert queue.add(new_job(15, visitor="9", address_digest="near")), "one that is whole is no upload"
    assert queue.waiting(address_digest="near") == 5
    assert queue.counts() == {State.UPLOADING: 7, State.QUEUED: 1}


def test_an_abandoned_upload_goes_and_one_under_way_stays(queue: JobQueue) -> None:
    queue.add(uploading(0, expires_s=time.time() - 1))
    queue.add(uploading(1))
    assert queue.get(uploading(0).id) is None
    assert queue.take_upload(uploading(0).id, "late") is None
    assert queue.fail_hopeless() == []
    assert queue.remove_expired() == [uploading(0).id]
    assert queue.ids() == {uploading(1).id}
    assert queue.remove(uploading(1).id), "its owner may give it up"


def test_what_a_decoder_reports_is_stored_whatever_it_is(queue: JobQueue) -> None:
    queue.add(new_job())
    queue.claim("w")
    assert queue.finish(new_job().id, "w", State.FAILED, ("bad\x00", "A \ud800 and a \x00."))
    job = queue.get(new_job().id)
    assert job is not None
    assert (job.error_code, job.error_message) == ("bad\ufffd", "A ? and a \ufffd.")
