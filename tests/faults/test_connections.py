"""Rows 37 to 39: handshakes of TLS that are cut, no descriptors left, clients that are silent or slow."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ASYNC_MODES
from tests.faults.raw_clients import many, raw, reset, served_within, upgrade_request
from tests.mirror_process import MirrorProcess, mirror_process

NEIGHBOURS = [f"127.0.0.{number}" for number in range(10, 20)]
NEWCOMER = "127.0.0.99"


@pytest.fixture(scope="module", params=ASYNC_MODES)
def crowded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A server for these tests alone: clients of others would not find a free place."""
    with mirror_process(tmp_path_factory.mktemp("crowded"), request.param) as mirror:
        yield mirror
        assert mirror.process.poll() is None


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A server over https, in eventlet mode: the other refuses to serve it."""
    with mirror_process(tmp_path_factory.mktemp("tls"), "eventlet", MASK_MIRROR_HTTPS="yes") as mirror:
        yield mirror


@pytest.mark.parametrize("first_bytes", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_row_37_tls_handshakes_that_are_cut(over_tls: MirrorProcess, first_bytes: bytes) -> None:
    for _ in range(200):
        client = raw(over_tls)
        client.sendall(first_bytes)
        reset(client)
    with many(over_tls, 20, NEIGHBOURS, first_bytes):  # and some that never go on
        assert over_tls.healthy()
    assert over_tls.process.poll() is None
    assert "Traceback" not in over_tls.log.read_text()


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_38_the_soft_limit_of_descriptors_is_raised(tmp_path: Path, async_mode: str) -> None:
    with (
        mirror_process(tmp_path, async_mode, descriptors=(256, 4096)) as mirror,
        many(mirror, 300, NEIGHBOURS),
    ):
        assert served_within(mirror, 8)  # sooner than silent clients are given up
        limits = Path(f"/proc/{mirror.process.pid}/limits").read_text()
        assert re.search(r"^Max open files\s+2112\s", limits, re.MULTILINE)  # two for each of 1,024, and some


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_38_descriptors_that_cannot_be_raised_are_never_used_up(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path, async_mode, descriptors=(256, 256)) as mirror:
        with many(mirror, 300, NEIGHBOURS):
            time.sleep(2)
            assert mirror.process.poll() is None
            assert len(os.listdir(f"/proc/{mirror.process.pid}/fd")) < 200
            before_s = mirror.cpu_s()
            time.sleep(2)
            assert mirror.cpu_s() - before_s < 1  # nothing spins
        assert served_within(mirror, 15)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_row_39_silent_and_half_sent_requests_give_their_places_back(crowded: MirrorProcess, said: bytes) -> None:
    with many(crowded, 1024, NEIGHBOURS, said) as clients:
        # A byte now and then, so that no read ever times out.
        with trickling(clients[:100] if said else []):
            assert served_within(crowded, 15, NEWCOMER)
            assert served_within(crowded, 15, NEIGHBOURS[0])
        time.sleep(1)
        assert closed(clients[0])


def test_row_39_a_websocket_is_no_silent_client(crowded: MirrorProcess) -> None:
    client = crowded.connect()
    time.sleep(13)
    assert client.connected
    assert client.call("frame", ({"seq": 1, "captured_ms": 0}, b"x"))["error"]["code"] == "bad_image"
    client.disconnect()


def test_row_39_one_address_does_not_get_all_places(crowded: MirrorProcess) -> None:
    with many(crowded, 600, ["127.0.0.2"]) as clients:
        assert served_within(crowded, 3, NEWCOMER)
        assert closed(clients[-1])
        assert not closed(clients[0])
    assert served_within(crowded, 5, "127.0.0.2")


def test_row_39_behind_a_proxy_the_forwarded_address_counts(tmp_path: Path) -> None:
    limits = {"MASK_MIRROR_TRUSTED_PROXIES": "1", "MASK_MIRROR_CONNECTIONS_PER_ADDRESS": "3"}
    for async_mode in ASYNC_MODES:
        with mirror_process(tmp_path / async_mode, async_mode, **limits) as mirror, contextlib.ExitStack() as stack:

            def upgrade(address: str) -> bytes:
                client = stack.enter_context(raw(mirror))
                client.sendall(upgrade_request(mirror, f"X-Forwarded-For: {address}"))
                return client.recv(65536)[:13]

            assert [upgrade("203.0.113.7") for _ in range(4)] == [b"HTTP/1.1 101 "] * 3 + [b"HTTP/1.1 429 "]
            assert upgrade("203.0.113.8") == b"HTTP/1.1 101 "
            stack.close()
            deadline = time.monotonic() + 10
            while upgrade("203.0.113.7") != b"HTTP/1.1 101 ":
                assert time.monotonic() < deadline


@contextlib.contextmanager
def trickling(clients: list[socket.socket], every_s: float = 2.0) -> Iterator[None]:
    """Send a byte from each client now and then until the block ends."""
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(every_s):
            for client in clients:
                with contextlib.suppress(OSError):
                    client.sendall(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def closed(client: socket.socket) -> bool:
    """Return whether the server has hung up."""
    client.settimeout(0.2)
    try:
        while client.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True
