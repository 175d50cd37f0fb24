"""Rows 11 and 42 for live clients: those that do not read, and those that send more than anyone can use."""

from __future__ import annotations

import contextlib
import json
import select
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


def wrong_arguments(number: int) -> bytes:
    """Return a `frame` event that is refused at once."""
    return message(f'42{number}["frame",{{}}]'.encode())


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
            left = make(number)
            while left and not stopped.is_set():
                try:
                    # Else the end of the block would wait for a send that waits for the server.
                    if select.select([], [client], [], 0.2)[1]:
                        left = left[client.send(left) :]
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
        "wrong arguments": wrong_arguments,
        "upgrade packets": lambda number: message(b"5") * 50,
    }[kind]
    before = mirror.resident_bytes()
    client = live(mirror, receive_bytes=4096)
    with flood(client, make, 3000) as cut:
        assert cut.wait(120)
    client.close()
    assert mirror.resident_bytes() - before < 30_000_000
    assert neighbour_answers_within(mirror, 5)


def test_row_11_a_client_that_reads_4_kb_a_second_is_served_at_its_pace(mirror: MirrorProcess) -> None:
    """Without a bound it cost 413 MB in 130 s, and a core."""
    before = mirror.resident_bytes()
    client = live(mirror, receive_bytes=4096)
    client.settimeout(0.1)
    stopped = threading.Event()

    def read() -> None:
        while not stopped.wait(0.1):
            with contextlib.suppress(OSError):
                client.recv(400)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    with flood(client, wrong_arguments, 3000):
        time.sleep(10)
        assert processor_s(mirror, 5) < 2.5
        assert mirror.resident_bytes() - before < 30_000_000
        assert neighbour_answers_within(mirror, 5)
        stopped.set()
    reader.join(10)
    client.close()


def test_row_42_events_are_taken_at_a_rate_and_the_others_are_served(mirror: MirrorProcess) -> None:
    """Wrong arguments, which are answered at once: 5,000 of them, as fast as they are taken."""
    client = live(mirror)
    client.settimeout(60)
    answers: list[dict[str, object]] = []
    reader = threading.Thread(target=lambda: answers.extend(acknowledgements(client, 5_000)), daemon=True)
    start = time.monotonic()
    reader.start()
    with flood(client, wrong_arguments, 10_000) as cut:
        assert neighbour_answers_within(mirror, 5)
        reader.join(120)
        assert not cut.is_set()
    elapsed_s = time.monotonic() - start
    client.close()
    assert len(answers) >= 5_000
    assert all("error" in answer for answer in answers)
    assert len(answers) <= 500 * (elapsed_s + 1.5)


def test_row_42_a_burst_from_a_client_that_reads_is_answered(mirror: MirrorProcess) -> None:
    """What comes at once must not outrun the thread that sends and pass for a client that does not read."""
    for _ in range(5):
        client = live(mirror)
        client.sendall(b"".join(map(wrong_arguments, range(400))))
        assert len(acknowledgements(client, 400)) == 400
        client.close()


def test_row_42_a_flood_is_soon_worked_off(mirror: MirrorProcess) -> None:
    client = live(mirror)
    reader = threading.Thread(target=heard, args=(client,), daemon=True)
    client.settimeout(120)
    reader.start()
    with flood(client, frame_event, 1000):
        time.sleep(10)
    deadline = time.monotonic() + 20  # without a limit of the rate a core is busy for 40 s
    while processor_s(mirror, 2) >= 1.0:
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


def acknowledgements(client: socket.socket, count: int) -> list[dict[str, object]]:
    """Return the first arguments of the next acknowledgements, fewer where the connection ends before."""
    found: list[dict[str, object]] = []
    received = b""
    while len(found) < count and (more := client.recv(65536)):
        payloads, received = websocket_payloads(received + more)
        found += [json.loads(payload[payload.index(b"[") :])[0] for payload in payloads if payload.startswith(b"43")]
    return found


def websocket_payloads(received: bytes) -> tuple[list[bytes], bytes]:
    """Return the payloads of the whole websocket frames in what was received, and the rest."""
    payloads = []
    while len(received) >= 4:
        length, start = received[1], 2
        if length == 126:
            (length,), start = struct.unpack_from("!H", received, 2), 4
        if start + length > len(received):
            break
        payloads.append(received[start : start + length])
        received = received[start + length :]
    return payloads, received
