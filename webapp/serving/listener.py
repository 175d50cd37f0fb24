"""The listening socket: bound by one server alone, and an `accept` that no client can end.

Needed for eventlet 0.41, which listens with SO_REUSEPORT and a backlog of 50, and whose server ends when a client is
gone before it is accepted (ENOTCONN of TLS) or when descriptors run out; and for `socketserver`, which spins then.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import Any

from webapp.serving.addresses import PlacesPerAddress

BACKLOG = 512
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_RETRY_S = 0.1
_BUFFER_BYTES = 256_000
"""Of the kernel, for one client in each direction: what somebody who reads nothing, or floods, can keep. Its own limits
are megabytes."""
_TOO_MANY = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\nConnection: close\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 40\r\n\r\nToo many connections from this address.\n"
)


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens, and that no second server can bind.

    Args:
        host: name or address.
        port: of the host.

    Raises:
        OSError: the address is taken or not this machine's.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # accepted sockets inherit them
            listener.setsockopt(socket.SOL_SOCKET, buffer, _BUFFER_BYTES // 2)  # Linux doubles it
        listener.bind(address)
        # At once: with SO_REUSEADDR two sockets may be bound to one port until one listens.
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class PatientListener:
    """A listening socket whose `accept` fails for no reason that a client can cause.

    Args:
        listener: listens; may be a TLS socket.
        places: an address that holds too many connections is turned away.
    """

    def __init__(self, listener: socket.socket, places: PlacesPerAddress) -> None:
        self._listener = listener
        self._places = places

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its address, for which a place is taken.

        Raises:
            OSError: the listener itself is closed.
        """
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError as error:
                if error.errno == errno.EBADF:
                    raise
                time.sleep(_RETRY_S if error.errno in _EXHAUSTED else 0)
                continue
            if self._places.take(address[0]):
                return connection, address
            self._turn_away(connection)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def _turn_away(self, connection: socket.socket) -> None:
        try:
            if not hasattr(self._listener, "do_handshake"):  # over TLS, a sentence would need a handshake
                connection.setblocking(False)
                connection.send(_TOO_MANY)
        except OSError:
            pass
        finally:
            connection.close()
