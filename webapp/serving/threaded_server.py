"""The HTTP server of threading mode: Werkzeug's, with limits."""

from __future__ import annotations

import logging
import threading
from socket import socket
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from webapp.serving.addresses import PlacesPerAddress
from webapp.serving.listener import PatientListener
from webapp.serving.request_handler import StrictRequests
from webapp.serving.request_reader import ReadLimits

log = logging.getLogger(__name__)

WRITE_S = 20.0
"""A client that takes no piece of a response within so long is cut."""


class ThreadedServer(ThreadedWSGIServer):
    """Serves each connection in a thread of its own.

    Args:
        app: to serve.
        listener: listens.
        places: of each address.
        limits: of requests.
        connections: at once; further ones wait in the backlog.
    """

    def __init__(
        self, app: Flask, listener: socket, places: PlacesPerAddress, limits: ReadLimits, connections: int
    ) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, ThreadedRequests, fd=listener.fileno())
        self.limits = limits
        self._places = places
        self._free = threading.Semaphore(connections)
        self._listener = PatientListener(self.socket, places)

    def get_request(self) -> tuple[socket, Any]:
        """Return the next connection, once there is a place for it."""
        self._free.acquire()
        return self._listener.accept()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a connection's thread."""
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no more threads
            self._give_back(client_address)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._give_back(client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a line at most: tracebacks for broken connections would let anybody fill the disk."""
        log.debug("a connection failed", exc_info=True)

    def _give_back(self, client_address: Any) -> None:
        self._places.give_back(client_address[0])
        self._free.release()


class ThreadedRequests(StrictRequests, WSGIRequestHandler):
    """Serves one connection."""

    protocol_version = "HTTP/1.1"
    timeout = WRITE_S
    server: ThreadedServer

    @property
    def limits(self) -> ReadLimits:  # type: ignore[override]
        """Limits of requests."""
        return self.server.limits

    def end_headers(self) -> None:
        """Send the head of the response; after it, Werkzeug reads what is left of the request."""
        super().end_headers()
        self.reader.expect_rest()

    def receive(self, buffer: memoryview, seconds: float) -> int:
        """Read from the socket; see `request_reader.Receive`."""
        self.connection.settimeout(seconds)
        try:
            return self.connection.recv_into(buffer)
        finally:
            self.connection.settimeout(WRITE_S)
