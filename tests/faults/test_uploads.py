"""Row 44: uploads that resume, and everything that comes in between; one of them with each queue and store."""

from __future__ import annotations

import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ASYNC_MODES
from tests.faults.raw_clients import heard, reset
from tests.faults.tus_client import URL, TusClient
from tests.faults.video_client import VideoClient
from tests.mirror_process import MirrorProcess, mirror_process
from tests.queues import new_database
from tests.s3_server import S3Server, s3_server
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import wait_for
from webapp.videos.jobs.blobs.store import RESULTS

FRAMES = 5


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A short video of some hundred kilobytes."""
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (240, 320, 3), np.uint8) for _ in range(FRAMES)]
    return make_video(tmp_path_factory.mktemp("videos") / "in.mp4", frames).read_bytes()


def files(mirror: MirrorProcess, job_id: str) -> list[Path]:
    """Return what the server has of a job on its disk."""
    return [path for path in (mirror.log.parent / "jobs" / job_id).rglob("*") if path.is_file()]


def annotated(client: TusClient) -> None:
    """Wait for the video, and compare its length."""
    job = client.wait()
    assert (job["state"], job["frames_done"], job["skipped_frames"]) == ("succeeded", FRAMES, 0), job
    assert client.call("GET", job["links"]["result"]).status == 200


def test_row_44_a_video_in_pieces_becomes_a_job(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    created = client.create(len(video), "Été.mp4")
    assert (created.status, created.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert (created.json["state"], created.json["name"]) == ("uploading", "Été.mp4")
    assert created.json["links"]["upload"] == client.location
    expires = created.headers["Upload-Expires"]
    assert expires.endswith(" GMT")
    cuts = [0, 1000, 1016, len(video) // 2, len(video)]
    for start, stop in pairwise(cuts):
        assert client.offset() == start
        answer = client.patch(video[start:stop], start)
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(stop))
        assert ("Upload-Expires" in answer.headers) == (stop < len(video))
        if stop < len(video):
            assert client.job()["progress"] == pytest.approx(stop / len(video), abs=1e-3)
    assert client.offset() == len(video), "of a whole one, too: its last answer may have been lost"
    assert client.patch(b"", len(video)).status == 409
    annotated(client)
    assert b"Traceback" not in mirror.new_log()


def test_row_44_bytes_at_a_wrong_offset_are_refused(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    client.create(len(video))
    assert client.patch(video[:5000], 0).status == 204
    for offset in (0, 4999, 5001, len(video)):
        answer = client.patch(video[offset:], offset)
        assert (answer.status, answer.json["error"]["code"]) == (409, "conflict"), offset
    assert client.offset() == 5000
    assert client.patch(video[5000:], 5000).status == 204
    annotated(client)


def test_row_44_of_two_requests_at_once_one_writes(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    client.create(len(video))
    with client.begin_patch(video[:5000], 0, len(video)) as first:
        wait_for(lambda: client.patch(b"", 0).status == 423)  # without a byte, it changes nothing before
        answer = client.patch(video, 0)
        assert (answer.status, answer.json["error"]["code"]) == (423, "locked")
        assert answer.headers["Retry-After"] == "1"
        first.sendall(video[5000:])
        assert first.recv(100).startswith(b"HTTP/1.1 204 ")
    annotated(client)


@pytest.mark.parametrize("end", [socket.socket.close, reset])
def test_row_44_what_came_before_the_connection_broke_is_kept(
    mirror: MirrorProcess, video: bytes, end: Callable[[socket.socket], None]
) -> None:
    client = TusClient(mirror)
    client.create(len(video))
    for start in (0, 20_000):
        connection = client.begin_patch(video[start : start + 20_000], start, len(video) - start)
        time.sleep(0.5)  # a reset may overtake what was sent before
        end(connection)
        wait_for(lambda start=start: client.offset() == start + 20_000)
    assert b"Traceback" not in mirror.new_log()
    wait_for(lambda: client.patch(video[40_000:], 40_000).status == 204)
    annotated(client)


def test_row_44_a_body_that_stalls_is_given_up_and_kept(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    client.create(len(video))
    with client.begin_patch(video[:9000], 0, len(video)) as stalled:
        stalled.settimeout(40)
        assert heard(stalled).startswith(b"HTTP/1.1 408 ")
    assert client.offset() == 9000
    assert client.patch(video[9000:], 9000).status == 204
    annotated(client)


def test_row_44_lengths_that_lie_are_refused(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    for length, status in ((0, 400), (-1, 400), (10**16, 400), (200_000_001, 413)):
        assert client.create(length).status == status, length
    assert client.create(1, Upload_Length="").status == 400
    assert client.create(1, Upload_Length="1e3").status == 400
    assert client.create(1, Upload_Metadata="filename ???").status == 400
    client.create(5000)
    assert client.patch(video[:5001], 0).status == 413, "more than was announced"
    assert client.patch(video[:1000], 0).status == 204
    assert client.patch(video[1000:5001], 1000).status == 413
    assert client.offset() == 1000
    short = client.begin_patch(video[1000:2000], 1000, 4000)
    short.shutdown(socket.SHUT_WR)  # fewer than the request announced
    heard(short)
    short.close()
    assert client.offset() == 2000
    assert client.delete().status == 204


def test_row_44_what_is_no_video_ends_the_upload(mirror: MirrorProcess) -> None:
    for text, first in ((b"no video at all" * 100, 1500), (b"#EXTM3U\n", 8), (b"<html>" * 100, 17)):
        client = TusClient(mirror)
        client.create(len(text))
        answer = client.patch(text[:first], 0)
        assert (answer.status, answer.json["error"]["code"]) == (415, "unsupported_media")
        assert client.call("HEAD", client.location).status == 404
        assert files(mirror, client.id) == []


def test_row_44_a_beginning_too_short_to_tell_is_asked_for_again(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    client.create(len(video))
    assert client.patch(video[:7], 0).headers["Upload-Offset"] == "0"
    assert client.patch(video, 0).status == 204
    annotated(client)


def test_row_44_a_cancelled_upload_leaves_nothing(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    client.create(len(video))
    client.patch(video[:5000], 0)
    assert files(mirror, client.id)
    with client.begin_patch(video[5000:9000], 5000, len(video) - 5000) as other:
        wait_for(lambda: client.patch(b"", 5000).status == 423)
        assert client.delete().status == 204
        other.sendall(video[9000:])
        assert other.recv(100).startswith(b"HTTP/1.1 409 ")
    assert client.call("HEAD", client.location).status == 404
    assert client.delete().status == 404
    assert files(mirror, client.id) == []
    again = TusClient(mirror)
    again.create(len(video))
    again.patch(video, 0)
    assert again.delete().status == 204, "also of what it has become"
    assert again.call("GET", f"/api/v1/videos/{again.id}").status == 404


def test_row_44_an_upload_of_somebody_else_is_not_found(mirror: MirrorProcess, video: bytes) -> None:
    anna, ben = TusClient(mirror), TusClient(mirror)
    anna.create(len(video))
    ben.create(len(video))
    for path in (anna.location, f"{URL}/{'0' * 32}", f"{URL}/..", f"{URL}/x"):
        assert ben.call("HEAD", path).status == 404
        assert ben.call("DELETE", path).status == 404
        patch = {"Content_Type": "application/offset+octet-stream", "Upload_Offset": "0"}
        assert ben.call("PATCH", path, video, **patch).status == 404
    foreign = anna.call("DELETE", anna.location, Origin="https://evil.example")
    assert foreign.status == 403
    assert anna.offset() == 0
    for client in (anna, ben):
        client.delete()


def test_row_44_the_protocol_is_named(mirror: MirrorProcess, video: bytes) -> None:
    client = TusClient(mirror)
    for path in (URL, f"{URL}/x"):
        options = client.call("OPTIONS", path, Tus_Resumable="")
        assert (options.status, options.headers["Tus-Version"]) == (204, "1.0.0")
        assert options.headers["Tus-Extension"] == "creation,expiration,termination"
        assert options.headers["Tus-Max-Size"] == "200000000"
    for version in ("", "0.2.2"):
        answer = client.create(len(video), Tus_Resumable=version)
        assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")
    client.create(len(video))
    assert client.patch(video, 0, Content_Type="video/mp4").status == 415
    assert client.patch(video, 0, Upload_Offset="").status == 400
    assert client.offset() == 0
    client.delete()


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_44_an_abandoned_upload_expires_and_a_paused_one_does_not(
    tmp_path: Path, async_mode: str, video: bytes
) -> None:
    with mirror_process(tmp_path / "data", async_mode, MASK_MIRROR_EXPIRE_S="8") as mirror:
        abandoned, paused = TusClient(mirror), TusClient(mirror)
        for client in (abandoned, paused):
            client.create(len(video))
            client.patch(video[:5000], 0)
        for offset in range(5000, 5010):
            time.sleep(1.2)
            assert paused.patch(video[offset : offset + 1], offset).status == 204
        wait_for(lambda: abandoned.call("HEAD", abandoned.location).status == 404)
        wait_for(lambda: files(mirror, abandoned.id) == [])
        assert paused.patch(video[5010:], 5010).status == 204
        assert paused.job()["state"] in ("queued", "running", "succeeded")
        assert "Traceback" not in mirror.log.read_text()


def test_row_44_uploads_count_against_the_limits_from_their_creation_on(tmp_path: Path, video: bytes) -> None:
    limits = {"MASK_MIRROR_JOBS_PER_ADDRESS": "3", "MASK_MIRROR_JOBS_MAX": "100"}
    with mirror_process(tmp_path / "data", "eventlet", **limits) as mirror:
        clients = [TusClient(mirror) for _ in range(4)]
        answers = [client.create(len(video)) for client in clients]
        assert [answer.status for answer in answers] == [201] * 3 + [429]
        assert int(answers[3].headers["Retry-After"]) > 0
        assert VideoClient(mirror).upload(video).status == 429, "one limit for both kinds"
        assert clients[0].delete().status == 204
        assert clients[3].create(len(video)).status == 201
        assert not files(mirror, clients[3].id), "no byte was sent"


def test_row_44_disk_room_is_counted_from_the_creation_on(tmp_path: Path) -> None:
    # There is room for some: two uploads of a tenth of the disk's free space each need three times as much.
    free = shutil.disk_usage(tmp_path).free
    variables = {"MASK_MIRROR_VIDEO_MAX_BYTES": str(10**12), "MASK_MIRROR_DISK_RESERVE_BYTES": str(free // 2)}
    with mirror_process(tmp_path / "data", "eventlet", **variables) as mirror:
        first, second = TusClient(mirror), TusClient(mirror)
        assert first.create(free // 10).status == 201
        answer = second.create(free // 10)
        assert (answer.status, answer.json["error"]["code"]) == (507, "storage_full")
        assert first.delete().status == 204
        assert second.create(free // 10).status == 201


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.mark.parametrize("queue", ["sqlite", "postgres"])
@pytest.mark.parametrize("store", ["disk", "s3"])
def test_row_44_any_server_goes_on_with_an_upload_also_after_one_was_killed(
    request: pytest.FixtureRequest, tmp_path: Path, store: str, queue: str, video: bytes
) -> None:
    variables = {"MASK_MIRROR_LEASE_S": "6", "SECRET_KEY": "of both"}
    if store == "s3":
        variables |= request.getfixturevalue("bucket").variables
    if queue == "postgres":
        variables["DATABASE_URL"] = new_database(request.getfixturevalue("postgres_server"))
    # With both, two machines have nothing else in common.
    folders = ("one", "two") if (store, queue) == ("s3", "postgres") else ("data", "data")
    with ExitStack() as stack:
        two = stack.enter_context(mirror_process(tmp_path / folders[1], "threading", **variables))
        one = stack.enter_context(mirror_process(tmp_path / folders[0], "eventlet", **variables))
        client = TusClient(one)
        client.create(len(video))
        assert client.patch(video[:30_000], 0).status == 204
        lost = client.begin_patch(video[30_000:40_000], 30_000, len(video) - 30_000)
        client.mirror = two
        wait_for(lambda: client.patch(b"", 30_000).status == 423)  # the other server's request writes
        one.process.send_signal(signal.SIGKILL)
        one.process.wait()
        lost.close()
        wait_for(lambda: client.patch(video[30_000:60_000], 30_000).status == 204, 20)
        assert client.offset() == 60_000
        assert client.patch(video[60_000:], 60_000).status == 204
        annotated(client)
        part = client.call("GET", f"/api/v1/videos/{client.id}/result", Range="bytes=10-29")
        assert (part.status, len(part.body)) == (206, 20)
        assert client.call("GET", f"/api/v1/videos/{client.id}/preview").body.startswith(b"\xff\xd8")
        if store == "s3":
            server: S3Server = request.getfixturevalue("bucket")
            kept = {f"jobs/{client.id}/run-1/{name}" for name in RESULTS}
            wait_for(lambda: set(server.listed()) == kept)
            assert client.delete().status == 204
            assert server.listed() == []
