"""What the HTTP handlers of both async modes have in common: strict framing, and time limits of reading."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

from webapp.errors import TooSlow
from webapp.serving.framing import framing_fault
from webapp.serving.request_reader import ReadLimits, RequestReader

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler as Handler
else:
    Handler = object  # eventlet's handlers have a base class of their own


class StrictRequests(Handler):
    """Refuses ambiguous requests and slow clients; mixed in before a server's own handler."""

    limits: ReadLimits
    raw_requestline: bytes

    def receive(self, buffer: memoryview, seconds: float) -> int:
        """Read from the socket; see `request_reader.Receive`."""
        raise NotImplementedError

    def setup(self) -> None:
        """Read requests within their time."""
        super().setup()
        self.rfile.close()
        self.reader = RequestReader(self.receive, self.limits)
        self.rfile = io.BufferedReader(self.reader)

    def handle(self) -> None:
        """Serve all requests of the connection, until the client is gone or too slow."""
        try:
            super().handle()
        except (OSError, EOFError, TooSlow):
            self.close_connection = True

    def handle_one_request(self) -> None:
        """Serve one request."""
        self.reader.expect_head()
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Parse the head of a request; False after it has been refused."""
        stream, lines = self.rfile, _Lines(self.rfile)
        self.rfile = cast(io.BufferedReader, lines)
        try:
            parsed = super().parse_request()
        finally:
            self.rfile = stream
        if not parsed:
            self.close_connection = True
            return False
        fault = framing_fault(self.raw_requestline, lines.taken)
        if fault is not None:
            self._refuse(fault)
            return False
        if "Upgrade" in self.headers or "Transfer-Encoding" in self.headers:
            # Its end is for others to find (or not: no route reads chunks), so nothing may follow it.
            self.close_connection = True
        self.reader.expect_body()
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a line for each malformed request would let anybody fill the disk."""

    def _refuse(self, fault: str) -> None:
        self.close_connection = True
        body = f"{fault}\n".encode()
        head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
        self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


class _Lines:
    """Hands lines on and keeps them."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self.taken: list[bytes] = []

    def readline(self, size: int = -1) -> bytes:
        line = self._stream.readline(size)
        self.taken.append(line)
        return line
