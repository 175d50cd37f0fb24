"""Eventlet's websocket repairs, each on its own. Their effect on a real server is in tests/faults."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from webapp.serving.eventlet_websocket import READ_AHEAD_BYTES, ReadAhead, unmask

MASK = (0x37, 0xFA, 0x21, 0x3D)


def stock_unmask(data: bytes, offset: int = 0) -> bytes:
    return bytes(byte ^ MASK[(offset + i) % 4] for i, byte in enumerate(data))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 7, 8, 125, 4096, 65_537])
@pytest.mark.parametrize("offset", [0, 1, 2, 3, 8095])
def test_unmasks_as_in_the_standard(length: int, offset: int) -> None:
    data = os.urandom(length)
    assert unmask(data, MASK, length=length, offset=offset) == stock_unmask(data, offset)


def test_the_example_of_rfc_6455_section_5_7() -> None:
    assert unmask(b"\x7f\x9f\x4d\x51\x58", MASK) == b"Hello"


def test_only_the_given_length_is_used() -> None:
    assert unmask(b"\x7f\x9f\x4d\x51\x58", MASK, length=2) == b"He"


def test_a_message_of_many_frames_is_bounded_and_small_ones_pass() -> None:
    """In a process of its own: the repair changes eventlet for good."""
    script = """
from webapp.serving.eventlet_websocket import repair_websocket
repair_websocket()
from eventlet.websocket import FailedConnectionError, RFC6455WebSocket
message = RFC6455WebSocket.Message(2, 10)
message.push(b"12345"); message.push(b"67890", final=True)
assert message.getvalue() == b"1234567890" and message.finished
try:
    message.push(b"1")
except FailedConnectionError as error:
    print(error.status, len(message.data))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1009", "0"]


def test_unmasking_views_do_not_need_a_writable_buffer() -> None:
    assert isinstance(unmask(memoryview(np.arange(8, dtype=np.uint8).tobytes()), MASK), bytes)


class CountingSocket:
    """Counts the calls of `recv`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.calls = 0

    def recv(self, size: int) -> bytes:
        self.calls += 1
        return self.sock.recv(size)

    def fileno(self) -> int:
        return self.sock.fileno()


def test_what_has_arrived_is_read_at_once_and_handed_out_in_parts() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(bytes(range(200)))
        counting = CountingSocket(ours)
        reader = ReadAhead(counting)
        assert [reader.recv(size) for size in (2, 2, 4, 192)] == [b"\0\1", b"\2\3", b"\4\5\6\7", bytes(range(8, 200))]
        assert counting.calls == 1
        assert reader.fileno() == ours.fileno()
        theirs.close()
        assert reader.recv(10) == b""


def test_no_more_than_the_bound_is_read_ahead() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
        sent = os.urandom(READ_AHEAD_BYTES + 1000)
        theirs.sendall(sent)
        reader = ReadAhead(ours)
        got = reader.recv(1)
        assert len(ours.recv(1_000_000, socket.MSG_PEEK)) == 1000
        while len(got) < len(sent):
            got += reader.recv(10_000)
        assert got == sent
