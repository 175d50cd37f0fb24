"""The websocket of threading mode, on real sockets."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from webapp.serving.threaded_websocket import PatientServer

HEADERS = {
    "HTTP_HOST": "localhost",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
}


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The client's and the server's end of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            yield client, server


def test_closing_towards_a_client_that_has_reset_the_connection_is_no_error(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    client, server = ends
    websocket = PatientServer({"werkzeug.socket": server, **HEADERS})
    assert client.recv(4096).startswith(b"HTTP/1.1 101")
    websocket.sock = Resetting(client, server)
    websocket.close()
    assert not websocket.connected


class Resetting:
    """The server's socket, whose client resets the connection right before something is sent."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._client = client
        self._server = server

    def send(self, data: bytes) -> int:
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._client.close()
        raise ConnectionResetError  # what the reading thread may have taken from the socket already

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)
