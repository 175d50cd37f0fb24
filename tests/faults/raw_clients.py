"""Clients that speak to a socket byte by byte, to do what no library would do."""

from __future__ import annotations

import base64
import contextlib
import resource
import socket
import struct
import time
from collections.abc import Iterator, Sequence

from tests.mirror_process import MirrorProcess

SECRET_KEY = base64.b64encode(bytes(16)).decode()


def raw(mirror: MirrorProcess, address: str = "127.0.0.1", timeout_s: float = 10) -> socket.socket:
    """Return a connected socket; every address 127.x.y.z is this machine's own (Linux)."""
    return socket.create_connection(("127.0.0.1", mirror.port), timeout_s, (address, 0))


def say(mirror: MirrorProcess, request: bytes, address: str = "127.0.0.1") -> bytes:
    """Send bytes and return all that comes back until the server hangs up.

    Raises:
        TimeoutError: it does not hang up within ten seconds.
    """
    with raw(mirror, address) as client:
        client.sendall(request)
        return heard(client)


def head_of(mirror: MirrorProcess, request: bytes) -> bytes:
    """Send bytes and return the first answer's head, with the beginning of its body."""
    with raw(mirror) as client:
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer and (chunk := client.recv(65536)):
            answer += chunk
        return answer


def heard(client: socket.socket) -> bytes:
    """Return what comes until the other end hangs up."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        while chunk := client.recv(65536):
            answer += chunk
    return answer


def upgrade_request(
    mirror: MirrorProcess, *lines: str, version: str | None = "13", key: str | None = SECRET_KEY
) -> bytes:
    """Return the head of a websocket handshake with further header lines."""
    head = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: 127.0.0.1:{mirror.port}"]
    head += ["Upgrade: websocket", "Connection: Upgrade"]
    head += [f"Sec-WebSocket-Version: {version}"] if version is not None else []
    head += [f"Sec-WebSocket-Key: {key}"] if key is not None else []
    return "\r\n".join([*head, *lines, "", ""]).encode()


def reset(client: socket.socket) -> None:
    """Close with an RST, as a client does whose process or network is gone."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@contextlib.contextmanager
def many(
    mirror: MirrorProcess, count: int, addresses: Sequence[str], says: bytes = b""
) -> Iterator[list[socket.socket]]:
    """Hold connections open until the block ends, evenly from several addresses; each says something first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * count)), hard))
    clients: list[socket.socket] = []
    try:
        for number in range(count):
            clients.append(raw(mirror, addresses[number % len(addresses)]))
            with contextlib.suppress(ConnectionError):  # refused
                clients[-1].sendall(says)
        yield clients
    finally:
        for client in clients:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def served_within(mirror: MirrorProcess, seconds: float, address: str = "127.0.0.1") -> bool:
    """Return whether a newcomer that tries again and again gets /healthz."""
    deadline = time.monotonic() + seconds
    request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{mirror.port}\r\nConnection: close\r\n\r\n".encode()
    while time.monotonic() < deadline:
        remaining_s = max(0.1, deadline - time.monotonic())
        with contextlib.suppress(OSError), raw(mirror, address, remaining_s) as client:
            client.sendall(request)
            if heard(client).startswith(b"HTTP/1.1 200 "):
                return True
        time.sleep(0.1)
    return False
