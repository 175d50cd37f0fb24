"""Rows 6 to 10 and 12: what a live client may do wrong, against a real server in both async modes."""

from __future__ import annotations

import http.client
import math
import os
import struct
import time
from collections.abc import Callable

import pytest

from bench.client import LiveClient
from tests.faults.raw_clients import reset
from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, jpeg

JPEG = jpeg(astronaut_bgr())
HEAD = {"seq": 1, "captured_ms": 0}


@pytest.fixture(autouse=True)
def _stays_well(mirror: MirrorProcess) -> object:
    """Whatever the test does: the process stays up, another client is served, no traceback is logged."""
    assert mirror.healthy()
    yield
    assert mirror.process.poll() is None
    assert mirror.healthy()
    other = LiveClient(mirror.port, JPEG)
    assert other.call(1)[0]["faces"]
    other.close()


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        "text",
        (HEAD,),
        (JPEG,),
        (JPEG, HEAD),
        (HEAD, "text"),
        (HEAD, None),
        (HEAD, JPEG, 3),
        ({}, JPEG),
        ({"seq": "1", "captured_ms": 0}, JPEG),
        ({"seq": -1, "captured_ms": 0}, JPEG),
        ({"seq": 10**30, "captured_ms": 0}, JPEG),
        ({"seq": 1.5, "captured_ms": 0}, JPEG),
        ({"seq": True, "captured_ms": 0}, JPEG),
        ({"seq": 1, "captured_ms": None}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": True}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": None}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": "0.5"}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": [0.5]}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": math.nan}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": math.inf}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": 0.1}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": 2}, JPEG),
        ({"seq": 1, "captured_ms": 0, "score_threshold": -(10**30)}, JPEG),
        ({"seq": {"seq": {"seq": []}}, "captured_ms": 0}, JPEG),
        ([[[[[[]]]]]], JPEG),
    ],
    ids=lambda arguments: repr(arguments).replace(repr(JPEG), "JPEG")[:100],
)
def test_row_6_wrong_arguments_get_a_typed_error(mirror: MirrorProcess, arguments: object) -> None:
    client = mirror.connect()
    answer = client.call("frame", arguments, timeout=10)
    client.disconnect()
    assert answer["error"]["code"] == "bad_request"
    assert answer["error"]["message"].endswith(".")


@pytest.mark.parametrize("garbage", ["", "x", "9", "4", "49", "42", '42["frame"', "451-", "6", "2probe", "\0" * 1000])
def test_row_7_garbage_on_the_websocket_is_closed_or_ignored(mirror: MirrorProcess, garbage: str) -> None:
    client = LiveClient(mirror.port, JPEG)
    client._send(garbage.encode(), 1)
    client._send(bytes(100), 2)
    client.close()


def test_row_7_a_bad_packet_before_a_reset_keeps_no_connection(mirror: MirrorProcess) -> None:
    """The packet is read, and the answer cannot be sent any more."""

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{mirror.process.pid}/fd"))

    at_rest = descriptors()
    for _ in range(20):
        client = LiveClient(mirror.port, JPEG)
        client._socket.sendall(client._encode(b"4zzz", 1))
        reset(client._socket)
    deadline = time.monotonic() + 30
    while descriptors() > at_rest + 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert descriptors() <= at_rest + 3


def test_row_7_what_comes_after_a_bad_packet_joins_nothing(mirror: MirrorProcess) -> None:
    client = LiveClient(mirror.port, JPEG)
    before = len(mirror.log.read_text())
    client._socket.sendall(b"".join(client._encode(packet, 1) for packet in (b"4zzz", b"40", b"40", b"42")))
    assert closed_within(client, 10, lambda: None)
    assert mirror.log.read_text()[before:].count("bad packet") <= 1


def test_row_8_a_second_attachment_is_not_waited_for(mirror: MirrorProcess) -> None:
    client = LiveClient(mirror.port, JPEG)
    placeholders = ",".join(f'{{"_placeholder":true,"num":{i}}}' for i in range(1000))
    client._send(f'451000-1["frame",{placeholders}]'.encode(), 1)
    assert closed_within(client, 10, lambda: client._send(bytes(100_000), 2))


@pytest.mark.parametrize("fragmented", [False, True])
def test_row_9_a_200_mb_message_closes_the_connection_and_memory_stays_flat(
    mirror: MirrorProcess, fragmented: bool
) -> None:
    client = LiveClient(mirror.port, JPEG)
    before = mirror.resident_bytes()
    chunk = bytes(500_000)
    if fragmented:
        client._socket.sendall(struct.pack("!BBQ", 0x02, 0xFF, len(chunk)) + bytes(4) + chunk)

        def send_more() -> None:
            client._socket.sendall(struct.pack("!BBQ", 0x00, 0xFF, len(chunk)) + bytes(4) + chunk)
    else:
        client._socket.sendall(struct.pack("!BBQ", 0x82, 0xFF, 200_000_000) + bytes(4))

        def send_more() -> None:
            client._socket.sendall(chunk)

    assert closed_within(client, 20, send_more)
    assert mirror.resident_bytes() - before < 30_000_000


def test_row_10_3000_frames_at_once_are_dropped_but_for_the_newest(mirror: MirrorProcess) -> None:
    client = mirror.connect()
    client.call("frame", (HEAD, JPEG))  # so that every thread that ever starts has started
    before_threads, before_bytes = mirror.native_threads(), mirror.resident_bytes()
    answers: list[dict[str, object]] = []
    for seq in range(3000):
        client.client.emit("frame", ({"seq": seq, "captured_ms": 0}, JPEG), callback=answers.append)
    peak_threads = 0
    deadline = time.monotonic() + 120
    while len(answers) < 3000 and time.monotonic() < deadline:
        peak_threads = max(peak_threads, mirror.native_threads())
        time.sleep(0.02)
    client.disconnect()
    assert len(answers) == 3000
    answered = [a["seq"] for a in answers if "faces" in a]
    assert len(answered) + sum(a.get("dropped") is True for a in answers) == 3000
    assert 2999 in answered
    assert len(answered) < 1500
    assert peak_threads - before_threads <= 3
    assert mirror.resident_bytes() - before_bytes < 60_000_000


def test_row_12_disconnecting_in_the_middle_of_inference_leaks_nothing(mirror: MirrorProcess) -> None:
    def come_and_go(times: int) -> None:
        for _ in range(times):
            client = LiveClient(mirror.port, JPEG)
            event = b'451-1["frame",{"seq":1,"captured_ms":0},{"_placeholder":true,"num":0}]'
            client._socket.sendall(client._encode(event, 1) + client._picture)
            client.close()

    at_rest = mirror.native_threads()
    come_and_go(500)  # what 500 at once need at their peak, the allocator keeps
    settle(mirror, at_rest + 3, seconds=35)
    before_threads, before_bytes = mirror.native_threads(), mirror.resident_bytes()
    come_and_go(500)
    settle(mirror, before_threads + 3)
    assert mirror.native_threads() <= before_threads + 3
    assert mirror.resident_bytes() - before_bytes < 20_000_000
    assert open_connections(mirror) == 0


def closed_within(client: LiveClient, seconds: float, provoke: Callable[[], None]) -> bool:
    """Provoke until the server hangs up; False if it never does."""
    client._socket.settimeout(0.2)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            provoke()
            if client._socket.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def open_connections(mirror: MirrorProcess) -> int:
    import urllib.request

    lines = urllib.request.urlopen(mirror.url + "/metrics", timeout=5).read().decode().splitlines()
    return int(float(next(line for line in lines if line.startswith("mask_mirror_connections ")).split()[1]))


def settle(mirror: MirrorProcess, threads: int, seconds: float = 60) -> None:
    """Wait until every connection is noticed to be gone, and its threads too.

    In threading mode each connection has a thread that sleeps between pings, for up to 25 s after the end.
    """
    deadline = time.monotonic() + seconds
    while (open_connections(mirror) or mirror.native_threads() > threads) and time.monotonic() < deadline:
        time.sleep(0.2)


def test_row_33_a_foreign_origin_cannot_open_the_websocket(mirror: MirrorProcess) -> None:
    def status(origin: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=10)
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Origin": origin}
        headers["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
        connection.request("GET", "/socket.io/?EIO=4&transport=websocket", headers=headers)
        found = connection.getresponse().status
        connection.close()
        return found

    foreign = ("http://evil.example", "null", f"http://127.0.0.1:{mirror.port + 1}", f"https://127.0.0.1:{mirror.port}")
    assert [status(origin) for origin in foreign] == [400] * len(foreign)
    assert status(mirror.url) == 101
