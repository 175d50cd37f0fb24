"""The times of a request, by a clock of the test's own."""

from __future__ import annotations

import io

import pytest

from webapp.errors import TooSlow
from webapp.serving import request_reader
from webapp.serving.request_reader import ReadLimits, RequestReader

LIMITS = ReadLimits(idle_s=10, head_s=5, body_s=60, window_s=10, body_bytes_per_s=100)


class Client:
    """Sends so many bytes after so many seconds, then nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, sends: list[tuple[float, int]]) -> None:
        self.now_s = 1000.0
        self.sends = sends
        monkeypatch.setattr(request_reader.time, "monotonic", lambda: self.now_s)

    def receive(self, buffer: memoryview, seconds: float) -> int:
        after_s, count = self.sends[0] if self.sends else (1e9, 0)
        if after_s > seconds:
            self.now_s += seconds
            self.sends[:1] = [(after_s - seconds, count)]
            raise TimeoutError
        self.now_s += after_s
        taken = min(count, len(buffer))
        buffer[:taken] = b"x" * taken
        self.sends[:1] = [(0, count - taken)] if taken < count else []
        return taken


def reader(client: Client) -> io.BufferedReader:
    return io.BufferedReader(RequestReader(client.receive, LIMITS))


def body(client: Client) -> io.BufferedReader:
    raw = RequestReader(client.receive, LIMITS)
    raw.expect_body()
    return io.BufferedReader(raw)


def test_a_silent_client_has_the_idle_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [])
    with pytest.raises(TimeoutError):
        reader(client).read(1)
    assert client.now_s == 1010


def test_a_trickling_head_has_its_own_time_from_its_first_byte_on(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [(9, 1)] + [(1, 1)] * 100)
    with pytest.raises(TimeoutError):
        reader(client).read(100)
    assert client.now_s == 1014


def test_a_body_that_stalls_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [(1, 500)])
    stream = body(client)
    with pytest.raises(TooSlow):
        stream.read(1000)
    assert client.now_s == 1010
    assert stream.read(1000) == b""


def test_a_burst_buys_no_long_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [(1, 1_000_000), (1000, 1)])
    with pytest.raises(TooSlow):
        body(client).read(2_000_000)
    assert client.now_s <= 1020


def test_a_steady_body_arrives_within_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [(1, 110)] * 50)
    assert len(body(client).read(50 * 110)) == 50 * 110
    assert client.now_s == 1050


def test_a_steady_body_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [(1, 110)] * 100)
    with pytest.raises(TooSlow):
        body(client).read(100 * 110)
    assert client.now_s == 1060


def test_what_comes_after_the_response_is_read_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    for sends, seconds, count in (
        ([(0.5, 100)] * 100, 5, 900),
        ([(0.5, 100), (2.0, 100)], 1.5, 100),
        ([(0.5, 100), (0.5, 0)], 1, 100),
    ):
        client = Client(monkeypatch, list(sends))
        raw = RequestReader(client.receive, LIMITS)
        raw.expect_rest()
        assert abs(len(io.BufferedReader(raw).read(10_000)) - count) <= 100
        assert client.now_s == 1000 + seconds


def test_the_end_of_the_stream_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, [(1, 0)])
    assert body(client).read(10) == b""
