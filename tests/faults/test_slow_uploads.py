"""Row 39 for bodies: uploads that stall or trickle give their places back, and the others go on."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ASYNC_MODES
from tests.faults.raw_clients import heard, raw
from tests.faults.test_connections import NEIGHBOURS, NEWCOMER, trickling
from tests.mirror_process import MirrorProcess, mirror_process
from tests.video_maker import make_video

FORM = b'--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
VIDEO_HEAD = b"\0\0\0\x18ftypisom" + bytes(180)


@pytest.fixture(scope="module", params=ASYNC_MODES)
def busy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A server for these tests alone: clients of others would not find a free place."""
    with mirror_process(tmp_path_factory.mktemp("busy"), request.param) as mirror:
        yield mirror


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_video(tmp_path_factory.mktemp("video") / "a.mp4", 5).read_bytes()


def begin_upload(
    mirror: MirrorProcess, address: str, length: int = 100_000, path: str = "/api/v1/videos"
) -> socket.socket:
    client = raw(mirror, address)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{mirror.port}\r\nContent-Length: {length}\r\n"
    client.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + FORM + VIDEO_HEAD)
    return client


def upload_status(mirror: MirrorProcess, address: str, video: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", mirror.port, 15, source_address=(address, 0))
    body = FORM + video + b"\r\n--b--\r\n"
    connection.request("POST", "/api/v1/videos", body, {"Content-Type": "multipart/form-data; boundary=b"})
    status = connection.getresponse().status
    connection.close()
    return status


@contextlib.contextmanager
def stalled(mirror: MirrorProcess, addresses: list[str]) -> Iterator[list[socket.socket]]:
    """Begin 50 uploads that go on with one byte in two seconds."""
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(begin_upload(mirror, addresses[number % len(addresses)])) for number in range(50)
        ]
        with trickling(clients):
            time.sleep(1)
            yield clients


def test_row_39_stalled_uploads_of_one_address_leave_room_for_others(busy: MirrorProcess, video: bytes) -> None:
    with stalled(busy, ["127.0.0.2"]):
        assert upload_status(busy, NEWCOMER, video) == 202
        assert upload_status(busy, "127.0.0.2", video) == 429


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_39_stalled_uploads_of_many_addresses_give_their_places_back(
    tmp_path: Path, video: bytes, async_mode: str
) -> None:
    # A server of its own: a video that is still being annotated would hold a place and then give it back. On a busy
    # machine some of the 50 are still to be admitted.
    with mirror_process(tmp_path, async_mode) as mirror, stalled(mirror, NEIGHBOURS) as clients:
        deadline = time.monotonic() + 8
        while upload_status(mirror, NEWCOMER, video) != 503:
            assert time.monotonic() < deadline
        deadline = time.monotonic() + 15
        while (status := upload_status(mirror, NEWCOMER, video)) == 503 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert status == 202
        answer = heard(clients[0])
        assert "Traceback" not in mirror.log.read_text()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "too_slow"


@pytest.mark.parametrize("kind", ["image/jpeg", "multipart/form-data; boundary=b"])
def test_row_39_a_photo_that_trickles_is_given_up(busy: MirrorProcess, kind: str) -> None:
    with raw(busy, timeout_s=30) as client:
        head = f"POST /api/v1/detect HTTP/1.1\r\nHost: 127.0.0.1:{busy.port}\r\nContent-Length: 9000\r\n"
        client.sendall(f"{head}Content-Type: {kind}\r\n\r\n".encode())
        with trickling([client]):
            assert heard(client).startswith(b"HTTP/1.1 408 ")


def test_row_39_a_slow_but_steady_upload_arrives(busy: MirrorProcess) -> None:
    picture = bytes(70_000)
    with raw(busy, timeout_s=30) as client:
        head = f"POST /api/v1/detect HTTP/1.1\r\nHost: 127.0.0.1:{busy.port}\r\nContent-Length: {len(picture)}\r\n"
        client.sendall(f"{head}Content-Type: image/jpeg\r\nConnection: close\r\n\r\n".encode())
        step = len(picture) // 14
        for start in range(0, len(picture), step):
            client.sendall(picture[start : start + step])
            time.sleep(1)
        assert b"bad_image" in heard(client)  # all of it has arrived, and it is no picture


def test_row_39_an_upload_has_a_deadline(tmp_path: Path) -> None:
    for async_mode in ASYNC_MODES:
        with (
            mirror_process(tmp_path / async_mode, async_mode, MASK_MIRROR_UPLOAD_DEADLINE_S="3") as mirror,
            begin_upload(mirror, "127.0.0.2", 10_000_000) as client,
        ):
            start = time.monotonic()
            client.settimeout(0.2)
            answer = b""
            while not answer and time.monotonic() < start + 20:
                client.sendall(bytes(5_000))
                with contextlib.suppress(TimeoutError):
                    answer = client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 408 ")
