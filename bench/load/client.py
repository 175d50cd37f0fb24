"""One live client of the swarm: Socket.IO over asyncio, with packets that are encoded beforehand."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import struct
import time
from collections import deque
from dataclasses import dataclass, field

from bench.client import encode_frame
from bench.load.pictures import packet_of

PAGE_WINDOW_MAX = 4
FIRST_LONGER_PX = 640
"""Longer side of a frame until the server says which it uses."""


@dataclass
class Tally:
    """What one client has seen: numbers, and the age of every answered frame, seconds from its due time."""

    offered: int = 0
    dropped: int = 0
    refused: int = 0
    ages_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)


class SwarmClient(asyncio.Protocol):
    """A connection that sends frames when they are due, whether or not the ones before were answered.

    Args:
        number: which of the clients it is.
        port: of the server on 127.0.0.1.
        round_trip_s: added to the network's; then frames in flight are bounded as by the page.
        longer_px: longer side of the frames; None for what the server asks for.
    """

    def __init__(self, number: int, port: int, round_trip_s: float, longer_px: int | None) -> None:
        self.tally = Tally()
        self.connected = asyncio.get_running_loop().create_future()
        self.closed = False
        self._number, self._port = number, port
        self._loop = asyncio.get_running_loop()
        self._one_way_s = round_trip_s / 2
        self._fixed_px, self._told_px = longer_px, FIRST_LONGER_PX
        self._buffer = bytearray()
        self._shaken = False
        self._seq = 0
        self._in_flight: dict[int, tuple[float, bool]] = {}
        self._trips_s: deque[float] = deque(maxlen=20)
        self._outgoing: deque[bytes] = deque()
        self._incoming: deque[bytes] = deque()

    def offer(self, due: float, fps: float, counts: bool) -> None:
        """Send a frame.

        Args:
            due: when it should have been sent, by `time.perf_counter`.
            fps: of this client.
            counts: whether it belongs to the measured time.
        """
        if self.closed or (self._one_way_s and len(self._in_flight) >= self._window(fps)):
            return
        self._seq += 1
        self._in_flight[self._seq] = due, counts
        head = f'{{"seq":{self._seq},"captured_ms":{due * 1000:.1f}}}'
        event = f'451-{self._seq}["frame",{head},{{"_placeholder":true,"num":0}}]'
        self._write(encode_frame(event.encode(), 1) + packet_of(self._number, self._fixed_px or self._told_px))
        if counts:
            self.tally.offered += 1
            self.tally.late_s.append(time.perf_counter() - due)

    @property
    def unanswered(self) -> int:
        """Frames without an answer so far."""
        return len(self._in_flight)

    def close(self) -> None:
        """Hang up; this counts as no disconnect."""
        self.closed = True
        self._transport.abort()

    def _window(self, fps: float) -> int:
        # The rule of static/js/live/mirror/in_flight.js.
        trip_s = min(self._trips_s, default=0.0)
        return min(math.ceil(trip_s * fps) + 1, PAGE_WINDOW_MAX) if self._trips_s else 2

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the websocket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        self._write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the server hung up."""
        self.closed = True
        if not self.connected.done():
            self.connected.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Take bytes of the server in, later where a round trip is added."""
        if not self._one_way_s:
            self._feed(data)
            return
        self._incoming.append(data)
        self._loop.call_later(self._one_way_s, lambda: self._feed(self._incoming.popleft()))

    def _write(self, data: bytes) -> None:
        if not self._one_way_s:
            self._transport.write(data)
            return
        self._outgoing.append(data)
        self._loop.call_later(self._one_way_s, lambda: self._transport.write(self._outgoing.popleft()))

    def _feed(self, data: bytes) -> None:
        self._buffer += data
        if not self._shaken:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._buffer[:end]:
                self._transport.abort()
                return
            self._shaken = True
            del self._buffer[: end + 4]
        while (message := self._next_message()) is not None:
            self._handle(message)

    def _next_message(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        at, length = 2, buffer[1]
        if length == 126 and len(buffer) >= 4:
            at, length = 4, int.from_bytes(buffer[2:4], "big")
        elif length == 127 and len(buffer) >= 10:
            at, length = 10, struct.unpack_from("!Q", buffer, 2)[0]
        elif length > 125:
            return None
        if len(buffer) < at + length:
            return None
        message = bytes(buffer[at : at + length])
        del buffer[: at + length]
        return message

    def _handle(self, message: bytes) -> None:
        if message.startswith(b"43"):
            self._answered(message)
        elif message == b"2":
            self._write(encode_frame(b"3", 1))
        elif message.startswith(b"0"):
            self._write(encode_frame(b"40", 1))
        elif message.startswith(b"40"):
            self.connected.set_result(None)
        elif message.startswith(b'42["frame_size"'):
            self._told_px = json.loads(message[2:])[1]["longer_side_px"]

    def _answered(self, message: bytes) -> None:
        now = time.perf_counter()
        due, counts = self._in_flight.pop(int(message[2 : message.index(b"[")]), (now, False))
        # Searched, not parsed: the swarm shares the cores of the server.
        if b'"faces"' in message:
            self._trips_s.append(now - due)
        if not counts:
            return
        if b'"faces"' in message:
            self.tally.ages_s.append(now - due)
        elif b'"dropped"' in message:
            self.tally.dropped += 1
        else:
            self.tally.refused += 1
