"""A websocket client that costs next to nothing, so that a figure is the server's."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
import zlib
from typing import Any

MASK = b"\x5a\xa5\x3c\xc3"


class LiveClient:
    """One live connection in a closed loop.

    The picture is masked once, before the clock runs: a browser masks in native code.

    Args:
        port: of the server on 127.0.0.1.
        jpeg: the picture that every frame carries.
        offer_deflate: ask for per-message compression, as browsers do, and use it if granted.
    """

    def __init__(self, port: int, jpeg: bytes, offer_deflate: bool = True) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.deflated = self._shake_hands(port, offer_deflate)
        self._receive()  # Engine.IO open
        self._send(b"40", 1)
        self._receive()  # Socket.IO connected
        self._picture = self._encode(jpeg, 2)

    def call(self, seq: int) -> tuple[dict[str, Any], float]:
        """Send the picture and wait for its acknowledgement.

        Returns:
            The answer, and the round trip in milliseconds.
        """
        event = json.dumps(["frame", {"seq": seq, "captured_ms": 0}, {"_placeholder": True, "num": 0}])
        header = self._encode(f"451-{seq}{event}".encode(), 1)
        start = time.perf_counter()
        self._socket.sendall(header + self._picture)
        while True:
            message = self._receive()
            if message.startswith(b"43"):
                elapsed_ms = (time.perf_counter() - start) * 1000
                return json.loads(message[message.index(b"[") :])[0], elapsed_ms
            if message == b"2":
                self._send(b"3", 1)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _shake_hands(self, port: int, offer_deflate: bool) -> bool:
        parameters = "client_no_context_takeover; server_no_context_takeover"
        offer = f"Sec-WebSocket-Extensions: permessage-deflate; {parameters}\r\n"
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            (
                f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n{offer if offer_deflate else ''}\r\n"
            ).encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head:
            raise ConnectionError(head.decode(errors="replace"))
        return b"permessage-deflate" in head

    def _encode(self, payload: bytes, opcode: int) -> bytes:
        if not self.deflated:
            return encode_frame(payload, opcode)
        packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
        return encode_frame((packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4], 0x40 | opcode)

    def _send(self, payload: bytes, opcode: int) -> None:
        self._socket.sendall(self._encode(payload, opcode))

    def _fill(self) -> None:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server hung up")
        self._buffer += chunk

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _receive(self) -> bytes:
        first, length = self._take(2)
        if length == 126:
            (length,) = struct.unpack("!H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._take(8))
        payload = self._take(length)
        if first & 0x40:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload + b"\x00\x00\xff\xff")
        return payload


def encode_frame(payload: bytes, opcode: int) -> bytes:
    """Return a masked websocket frame (RFC 6455, section 5.2).

    Args:
        payload: of the whole message.
        opcode: 1 for text, 2 for bytes, with 0x40 where the payload is compressed.
    """
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    key = (MASK * (length // 4 + 1))[:length]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")
    return head + MASK + masked
