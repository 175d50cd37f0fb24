"""Row 36: websocket handshakes of old drafts and of no standard, in both async modes."""

from __future__ import annotations

import pytest

from tests.faults.raw_clients import head_of, raw, say, upgrade_request
from tests.mirror_process import MirrorProcess


@pytest.mark.parametrize("version", [None, "", "0", "7", "8", "12", "14", "76", "13, 8", "8, 13"])
def test_row_36_no_version_but_13_is_ever_upgraded(mirror: MirrorProcess, version: str | None) -> None:
    answer = say(mirror, upgrade_request(mirror, f"Origin: {mirror.url}", version=version))
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 426 ")
    assert b"sec-websocket-version: 13" in head
    assert b"connection: close" in head


def test_row_36_hixie_76_is_never_parsed(mirror: MirrorProcess) -> None:
    keys = ("Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00")
    request = upgrade_request(mirror, f"Origin: {mirror.url}", *keys, version=None, key=None)
    assert say(mirror, request + b"^n:ds[4U").startswith(b"HTTP/1.1 426 ")
    assert mirror.healthy()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Sec-WebSocket-Key: ", b"X-Key: "),
        (b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: A"),
        (b"Sec-WebSocket-Key: AAAA", b"Sec-WebSocket-Key: "),
        (b"Sec-WebSocket-Key: AAAA", b"Sec-WebSocket-Key: \xff\xfe\xfd!"),
        (b"Connection: Upgrade", b"Connection: close"),
        (b"Connection: Upgrade", b"X: y"),
        (b"GET /socket.io/", b"POST /socket.io/"),
        (b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\nbody"),
        (b"Upgrade: websocket", b"Upgrade: websocket, h2c"),
        (b"Upgrade: websocket", b"X: y"),
    ],
    ids=repr,
)
def test_row_36_a_malformed_handshake_gets_400_without_a_traceback(
    mirror: MirrorProcess, old: bytes, new: bytes
) -> None:
    request = upgrade_request(mirror)
    assert old in request
    answer = head_of(mirror, request.replace(old, new))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer
    assert b"File " not in answer


def test_row_36_a_proper_handshake_is_upgraded(mirror: MirrorProcess) -> None:
    with raw(mirror) as client:
        client.sendall(upgrade_request(mirror))
        assert client.recv(65536).startswith(b"HTTP/1.1 101 ")
