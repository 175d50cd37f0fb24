"""The websocket of eventlet mode: fast unmasking, bounded messages, few system calls, and turns for everybody.

Needed for eventlet 0.41. It unmasks byte by byte; bounds each frame but not their sum; reads each part of a frame's
header by itself; and never switches to other green threads while a socket has data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BINARY = 2
"""Opcode of a binary message (RFC 6455, section 5.2)."""

READ_AHEAD_BYTES = 65_536
"""Read at once: a live frame and what announces it have some 20 kB."""


def repair_websocket() -> None:
    """Replace the unmasking, the reading, and the class that gathers a message from its pieces."""
    import eventlet
    from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

    class BoundedMessage(RFC6455WebSocket.Message):  # type: ignore[misc]
        def push(self, data: bytes, final: bool = False) -> None:
            self.finished = final
            if not self.data:
                self.data.append(bytearray())  # one buffer: a million pieces of one byte cost no more than their sum
            self.data[0] += data
            if len(self.data[0]) > self.max_frame_length:
                self.data.clear()
                raise FailedConnectionError(1009, f"A message may have {self.max_frame_length} bytes.")
            # Also where the piece is a ping or empty: a reader that finds more in its socket never waits. After a
            # whole binary message the handler of packets yields, see `live.packets`.
            if not (final and self.opcode == BINARY):
                eventlet.sleep(0)

    take_socket = RFC6455WebSocket.__init__

    def read_ahead(websocket: Any, sock: Any, *args: Any, **options: Any) -> None:
        take_socket(websocket, ReadAhead(sock), *args, **options)

    RFC6455WebSocket.__init__ = read_ahead
    RFC6455WebSocket._apply_mask = staticmethod(unmask)
    RFC6455WebSocket.Message = BoundedMessage


class ReadAhead:
    """A socket that reads more than it is asked for, so that a frame costs one system call instead of eight.

    Args:
        sock: what is not about reading goes there.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._ahead = memoryview(b"")

    def recv(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end of the stream; waits for the first one."""
        if not self._ahead:
            self._ahead = memoryview(self._sock.recv(READ_AHEAD_BYTES))
        # What has been handed out must not stay in memory until the next frame.
        taken, self._ahead = bytes(self._ahead[:size]), self._ahead[size:] or memoryview(b"")
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def unmask(data: bytes, mask: Any, length: int | None = None, offset: int = 0) -> bytes:
    """XOR a websocket payload with its four-byte mask (RFC 6455, section 5.3), four bytes at a time.

    Args:
        data: masked payload, or a part of it.
        mask: four numbers in [0, 255].
        length: bytes of `data` to use; None for all.
        offset: position of `data` within the payload.

    Returns:
        The unmasked bytes.
    """
    payload = np.frombuffer(data, np.uint8, len(data) if length is None else length)
    key = np.array([mask[(offset + i) % 4] for i in range(4)], np.uint8)
    whole = len(payload) - len(payload) % 4
    words = payload[:whole].view(np.uint32) ^ key.view(np.uint32)
    return words.tobytes() + (payload[whole:] ^ key[: len(payload) - whole]).tobytes()
