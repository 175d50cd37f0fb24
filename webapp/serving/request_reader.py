"""Reading requests: a client that sends nothing, or next to nothing, loses its connection.

Needed for eventlet 0.41 and Werkzeug 3.1: their time-outs, where there are any, begin anew with every byte.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass

from webapp.config import Settings
from webapp.errors import TooSlow

Receive = Callable[[memoryview, float], int]
"""Reads into a buffer for at most so many seconds and returns the count; raises `TimeoutError`."""


@dataclass(frozen=True)
class ReadLimits:
    """How long a request may take.

    Args:
        idle_s: from one request of a connection to the next.
        head_s: of request line and headers.
        body_s: of a body.
        window_s: over which the rate of a body is taken; only waiting counts.
        body_bytes_per_s: least rate of a body.
        rest_s: of what still comes when the response has been sent.
        pause_s: within that.
    """

    idle_s: float = 10.0
    head_s: float = 10.0
    body_s: float = 1800.0
    window_s: float = 10.0
    body_bytes_per_s: float = 2000.0
    rest_s: float = 5.0
    pause_s: float = 1.0


def read_limits(settings: Settings) -> ReadLimits:
    """Return the limits of the settings."""
    return ReadLimits(body_s=settings.upload_deadline_s, body_bytes_per_s=settings.upload_min_bytes_per_s)


class RequestReader(io.RawIOBase):
    """The bytes of a connection's requests, each within its time.

    Args:
        receive: reads from the socket.
        limits: of each request.
    """

    def __init__(self, receive: Receive, limits: ReadLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._given_up = False
        self.expect_head()

    def expect_head(self) -> None:
        """Begin with a request: first the wait for it, then its head."""
        self._read = self._read_first
        self._until = time.monotonic() + self._limits.idle_s

    def expect_body(self) -> None:
        """Go on with the body of the request."""
        self._read = self._read_body
        self._until = time.monotonic() + self._limits.body_s
        self._waited_s = 0.0
        self._received = 0

    def expect_rest(self) -> None:
        """Go on with what still comes of a body whose response has been sent: it may not take long."""
        self._read = self._read_rest
        self._until = time.monotonic() + self._limits.rest_s

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read what there is, at least one byte, and 0 at the end.

        Raises:
            TimeoutError: there was no request, or no end of its head, in time.
            TooSlow: the body did not come fast enough; from then on the connection is at its end.
        """
        return 0 if self._given_up else self._read(memoryview(buffer))  # type: ignore[arg-type]

    def _read_first(self, buffer: memoryview) -> int:
        count = self._receive(buffer, self._remaining_s())
        self._read = self._read_head
        self._until = time.monotonic() + self._limits.head_s
        return count

    def _read_head(self, buffer: memoryview) -> int:
        return self._receive(buffer, self._remaining_s())

    def _read_body(self, buffer: memoryview) -> int:
        while True:
            start = time.monotonic()
            try:
                count = self._receive(buffer, min(self._limits.window_s - self._waited_s, self._remaining_s()))
            except TimeoutError:
                count = -1
            # What this server takes to handle the bytes is not the client's fault.
            self._waited_s += time.monotonic() - start
            self._received += max(count, 0)
            if self._waited_s >= self._limits.window_s:
                if self._received < self._limits.body_bytes_per_s * self._limits.window_s:
                    raise self._too_slow()
                self._waited_s, self._received = 0.0, 0
            if count >= 0:
                return count

    def _read_rest(self, buffer: memoryview) -> int:
        try:
            count = self._receive(buffer, min(self._limits.pause_s, self._remaining_s()))
        except TimeoutError:
            count = 0
        self._given_up = count == 0  # no request can follow a body that was not read to its end
        return count

    def _remaining_s(self) -> float:
        remaining = self._until - time.monotonic()
        if remaining > 0:
            return remaining
        if self._read == self._read_body:
            raise self._too_slow()
        raise TimeoutError

    def _too_slow(self) -> TooSlow:
        self._given_up = True
        return TooSlow("This upload came too slowly and was given up. Please try again over a better connection.")
