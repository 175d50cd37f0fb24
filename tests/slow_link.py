"""A link of few bytes a second, or none: a TCP proxy that reads no faster."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_PIECE_BYTES = 1000
_BUFFER_BYTES = 8000
"""Of the kernel: what waits in a link must wait at the sender."""


@dataclass
class SlowLink:
    """A proxy in front of a server.

    Args:
        port: to connect to.
        bytes_per_s: from client to server, all connections together; None for no limit. It may change.
        is_up: whether it takes connections.
        carried_bytes: from client to server, so far.
    """

    port: int
    bytes_per_s: float | None = None
    is_up: bool = True
    carried_bytes: int = 0
    _ends: set[socket.socket] = field(default_factory=set)

    def wait(self, length: int) -> None:
        """Take the time that so many bytes need."""
        self.carried_bytes += length
        if self.bytes_per_s:
            time.sleep(length / self.bytes_per_s)

    def cut(self) -> None:
        """End all connections, and each new one at once, until `is_up` is set."""
        self.is_up = False
        for end in list(self._ends):
            _shut(end)

    def join(self, client: socket.socket, server: socket.socket) -> None:
        """Copy what comes from either end, until one closes or the link is cut."""
        self._ends |= {client, server}
        for source, target, wait in ((client, server, self.wait), (server, client, lambda _: None)):
            threading.Thread(target=_copy, args=(source, target, wait), daemon=True).start()
        if not self.is_up:
            self.cut()


@contextmanager
def slow_link(server_port: int) -> Iterator[SlowLink]:
    """Run a proxy until the block ends; at first it is as quick as the server."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    listener.bind(("127.0.0.1", 0))
    listener.listen(32)
    link = SlowLink(listener.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                if link.is_up:
                    link.join(client, socket.create_connection(("127.0.0.1", server_port)))
                else:
                    client.close()

    threading.Thread(target=accept, daemon=True).start()
    yield link
    listener.close()


def _copy(source: socket.socket, target: socket.socket, wait: Callable[[int], None]) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE_BYTES):
            wait(len(piece))
            target.sendall(piece)
    for end in (source, target):
        _shut(end)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
