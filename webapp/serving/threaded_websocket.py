"""The websocket of threading mode: a bounded backlog, a bounded wait, and a certain end.

Needed for simple-websocket 1.1, which keeps reading for a slow consumer.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from simple_websocket import ConnectionClosed, Server

POLL_S = 1.0
BACKLOG_MESSAGES = 8
BACKLOG_POLL_S = 0.005


class PatientServer(Server):  # type: ignore[misc]
    """Stops reading while messages wait to be handled, and stays closed once it is closed.

    The library reads as fast as a client sends and keeps everything; now TCP slows such a client down. And
    what arrives after its `close` makes it take the connection for open again.
    """

    _closing = False

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        """Close the connection; see the library, which knows one error of a client that is gone, not its reset."""
        self._closing = True
        try:
            super().close(reason, message)
        except OSError:
            self.connected = False

    def _handle_events(self) -> bool:
        while len(self.input_buffer) >= BACKLOG_MESSAGES and self.connected:
            time.sleep(BACKLOG_POLL_S)
        return super()._handle_events() and not self._closing


class PatientWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """Uses the server above, and checks once a second whether the connection is open.

    The library wakes its reader a moment before it marks a connection closed, so a reader that wakes in
    between never returns and keeps the socket open.
    """

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> None:
        """Serve one connection to its end.

        Raises:
            ConnectionError: always, so that Werkzeug sends no response.
        """
        connection: socket.socket = environ["werkzeug.socket"]
        connection.settimeout(None)  # pings and pongs tell who is gone; and the library ignores what a time-out cuts
        try:
            self.ws = PatientServer(environ, **self.server_args)
            self.app(self)
        finally:
            # Else the library's own thread would listen to a silent client for ever.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionError

    def wait(self) -> str | bytes | None:
        """Return the next message, or None at the end of the connection."""
        while True:
            try:
                message: str | bytes | None = self.ws.receive(timeout=POLL_S)
            except ConnectionClosed:
                return None
            if message is not None:
                return message
