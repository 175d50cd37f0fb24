"""The HTTP server of eventlet mode: its own limits, and a handler and a listener that no client can stop."""

from __future__ import annotations

import ssl
from contextlib import suppress
from functools import partial
from socket import SHUT_WR, socket
from typing import Any

import eventlet
from eventlet import wsgi
from flask import Flask

from webapp.serving.addresses import PlacesPerAddress
from webapp.serving.listener import PatientListener
from webapp.serving.request_handler import StrictRequests
from webapp.serving.request_reader import ReadLimits

WRITE_S = 20.0
"""A client that takes nothing of a response for so long is cut."""
LINGER_S = 1.0


def serve_eventlet(
    app: Flask,
    listener: socket,
    places: PlacesPerAddress,
    limits: ReadLimits,
    connections: int,
    certificate: dict[str, str] | None,
) -> None:
    """Serve until the process ends.

    Args:
        app: to serve.
        listener: listens.
        places: of each address.
        limits: of requests.
        connections: at once; further ones wait in the backlog.
        certificate: `certfile` and `keyfile` for https, or None.
    """
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(**certificate)
        listener = context.wrap_socket(listener, server_side=True)
    wsgi.server(
        PatientListener(listener, places),
        app,
        protocol=partial(EventletRequests, places, limits),
        max_size=connections,
        keepalive=limits.idle_s,
        socket_timeout=WRITE_S,
        debug=False,  # no tracebacks to clients
        log_output=False,
    )


class EventletRequests(StrictRequests, wsgi.HttpProtocol):  # type: ignore[misc]
    """Serves one connection.

    Args:
        places: gets the connection's place back.
        limits: of requests.
        connection: address, socket and state, as the server made them.
        server: of eventlet.
    """

    def __init__(
        self, places: PlacesPerAddress, limits: ReadLimits, connection: list[Any], server: wsgi.Server
    ) -> None:
        self.limits = limits
        try:
            super().__init__(connection, server)  # type: ignore[call-arg]  # it is eventlet's
        finally:
            places.give_back(connection[0][0])

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with an input that has `read1` too, as that of threading mode.

        Eventlet calls its `discard` when the response has been sent.
        """
        environ: dict[str, Any] = super().get_environ()
        body = environ["wsgi.input"]

        def discard() -> None:
            self.reader.expect_rest()
            wsgi.Input.discard(body)

        def read1(length: int) -> bytes:
            data: bytes = body._do_read(body.rfile.read1, length)
            return data

        body.discard, body.read1 = discard, read1
        return environ

    def receive(self, buffer: memoryview, seconds: float) -> int:
        """Read from the socket; see `request_reader.Receive`."""
        # Not the socket's own time-out: within one TLS record, that begins anew with every byte.
        with eventlet.Timeout(seconds, TimeoutError()):
            return int(self.connection.recv_into(buffer))

    def finish(self) -> None:
        """Close; a client that still sends gets the time to see its response."""
        with suppress(OSError, EOFError), eventlet.Timeout(LINGER_S, TimeoutError()):
            self.wfile.flush()
            self.connection.shutdown(SHUT_WR)
            while self.connection.recv(65536):
                pass
        with suppress(OSError):
            super().finish()
