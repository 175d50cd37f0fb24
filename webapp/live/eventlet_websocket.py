"""The websocket of eventlet mode: fast unmasking, and a bound on messages that come in many frames."""

from __future__ import annotations

from typing import Any

import numpy as np


def repair_websocket() -> None:
    """Replace the byte-by-byte unmasking loop, and bound a message that comes in many frames.

    Stock eventlet bounds each frame but not their sum, so a client could grow the server's memory
    without end by never finishing a message.
    """
    from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

    class BoundedMessage(RFC6455WebSocket.Message):  # type: ignore[misc]
        received_bytes = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self.received_bytes += len(data)
            if self.received_bytes > self.max_frame_length:
                self.data.clear()
                raise FailedConnectionError(1009, f"A message may have {self.max_frame_length} bytes.")
            super().push(data, final)

    RFC6455WebSocket._apply_mask = staticmethod(unmask)
    RFC6455WebSocket.Message = BoundedMessage


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
