"""Rows 11 and 42 for live clients: those that do not read, and those that send more than anyone can use."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bench.client import LiveClient
from tests.faults.raw_clients import heard, upgrade_request
from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, jpeg

MASK = b"\0\0\0\0"
JPEG = jpeg(astronaut_bgr())


def message(payload: bytes, opcode: int = 1, final: bool = True) -> bytes:
    """Return one masked websocket frame; a mask of zeros leaves the payload as it is."""
    first = opcode | (0x80 if final else 0)
    if len(payload) < 126:
        return struct.pack("!BB", first, 0x80 | len(payload)) + MASK + payload
    return struct.pack("!BBH", first, 0x80 | 126, len(payload)) + MASK + payload


def frame_event(number: int, payload: bytes = b"no picture") -> bytes:
    """Return a `frame` event, its two messages."""
    head = f'451-{number}["frame",{{"seq":{number},"captured_ms":0}},{{"_placeholder":true,"num":0}}]'
    return message(head.encode()) + message(payload, 2)


def live(mirror: MirrorProcess, receive_bytes: int | None = None) -> socket.socket:
    """Return a connection that has joined as a live client, with a small receive buffer if wanted."""
    client = socket.socket()
    client.settimeout(10)
    if receive_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.connect(("127.0.0.1", mirror.port))
    client.sendall(upgrade_request(mirror))
    received = b""
    while b'0{"sid"' not in received:
        received += client.recv(4096)
    client.sendall(message(b"40"))
    while b'40{"sid"' not in received:
        received += client.recv(4096)
    return client


@contextlib.contextmanager
def flood(client: socket.socket, make: Callable[[int], bytes], per_s: float) -> Iterator[threading.Event]:
    """Send until the block ends or the server hangs up, which sets the event."""
    stopped, cut = threading.Event(), threading.Event()

    def send() -> None:
        start = time.monotonic()
        number = 0
        while not stopped.is_set():
            number += 1
            try:
                client.sendall(make(number))
            except TimeoutError:
                continue
            except OSError:
                cut.set()
                return
            time.sleep(max(0.0, start + number / per_s - time.monotonic()))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield cut
    finally:
        stopped.set()
        thread.join(30)


def neighbour_answers_within(mirror: MirrorProcess, seconds: float, times: int = 10) -> bool:
    """Return whether another client's frames are all answered, each in time."""
    other = LiveClient(mirror.port, JPEG)
    try:
        return all(other.call(number)[1] < seconds * 1000 for number in range(times))
    finally:
        other.close()


@pytest.mark.parametrize("kind", ["frames", "wrong arguments", "upgrade packets"])
def test_row_11_a_client_that_never_reads_is_cut(mirror: MirrorProcess, kind: str) -> None:
    make = {
        "frames": frame_event,
        "wrong arguments": lambda number: message(f'42{number}["frame",{{}}]'.encode()),
        "upgrade packets": lambda number: message(b"5") * 50,
    }[kind]
    before = mirror.resident_bytes()
    client = live(mirror, receive_bytes=4096)
    with flood(client, make, 3000) as cut:
        assert cut.wait(120)
    client.close()
    assert mirror.resident_bytes() - before < 30_000_000
    assert neighbour_answers_within(mirror, 5)


def test_row_11_a_client_that_reads_4_kb_a_second_is_cut(mirror: MirrorProcess) -> None:
    before = mirror.resident_bytes()
    client = live(mirror, receive_bytes=4096)
    with flood(client, frame_event, 3000) as cut:
        deadline = time.monotonic() + 120
        while not cut.is_set() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                client.recv(400)
            time.sleep(0.1)
        assert cut.is_set()
    client.close()
    assert mirror.resident_bytes() - before < 30_000_000


def test_row_42_events_are_taken_at_a_rate_and_the_others_are_served(mirror: MirrorProcess) -> None:
    """Wrong arguments, which are answered at once: 5,000 of them, as fast as they are taken."""
    client = live(mirror)
    count = 5_000
    answers: list[dict[str, object]] = []

    def read() -> None:
        received = b""
        while len(answers) < count:
            received += client.recv(65536)
            answers[:] = acknowledgements(received)

    client.settimeout(60)
    reader = threading.Thread(target=read, daemon=True)
    start = time.monotonic()
    reader.start()
    with flood(client, lambda number: message(f'42{number}["frame",{{}}]'.encode()), 10_000):
        assert neighbour_answers_within(mirror, 5)
        reader.join(120)
    elapsed_s = time.monotonic() - start
    client.close()
    assert len(answers) >= count
    assert all("error" in answer for answer in answers)
    assert len(answers) <= 500 * (elapsed_s + 1.5)


def test_row_42_a_flood_is_soon_worked_off(mirror: MirrorProcess) -> None:
    client = live(mirror)
    reader = threading.Thread(target=heard, args=(client,), daemon=True)
    client.settimeout(120)
    reader.start()
    with flood(client, frame_event, 1000):
        time.sleep(10)
    deadline = time.monotonic() + 20  # without a limit of the rate it works for 40 s
    while processor_s(mirror, 2) >= 0.4:
        assert time.monotonic() < deadline
    client.shutdown(socket.SHUT_RDWR)
    reader.join(10)
    client.close()


def processor_s(mirror: MirrorProcess, seconds: float) -> float:
    before_s = mirror.cpu_s()
    time.sleep(seconds)
    return mirror.cpu_s() - before_s


@pytest.mark.parametrize(
    "piece",
    [message(b"", 9), message(b"3"), message(b"6"), message(b"", 0, final=False), message(b"x" * 100, 0, final=False)],
    ids=["pings", "pongs of Engine.IO", "noops of Engine.IO", "empty fragments", "fragments"],
)
def test_row_42_no_flood_of_tiny_messages_keeps_others_waiting(mirror: MirrorProcess, piece: bytes) -> None:
    client = live(mirror)
    before = mirror.resident_bytes()
    if piece[0] & 0x0F == 0:
        client.sendall(message(b"4", 1, final=False))
    reader = threading.Thread(target=heard, args=(client,), daemon=True)
    client.settimeout(120)
    reader.start()
    with flood(client, lambda _: piece * 2_000, 1_000):
        time.sleep(1)
        assert neighbour_answers_within(mirror, 5)
        assert mirror.healthy()
        time.sleep(5)
        assert mirror.resident_bytes() - before < 30_000_000
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
    reader.join(10)
    client.close()


def acknowledgements(received: bytes) -> list[dict[str, object]]:
    """Return the first argument of every acknowledgement in a stream of websocket frames."""
    found = []
    position = 0
    while position + 2 <= len(received):
        length = received[position + 1]
        start = position + 2
        if length == 126:
            (length,) = struct.unpack_from("!H", received, start) if start + 2 <= len(received) else (1 << 16,)
            start += 2
        if start + length > len(received):
            break
        payload = received[start : start + length]
        if payload.startswith(b"43"):
            found.append(json.loads(payload[payload.index(b"[") :])[0])
        position = start + length
    return found
