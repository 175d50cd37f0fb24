"""`python -m webapp.photos.process SOCKET PARENT`: look at strangers' photos in a process of its own.

Decoders may crash, hang or swell; here that costs one photo. A request is eight bytes of length and the picture,
an answer four bytes of length and JSON: `{"answer": …}` or `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import json
import resource
import socket
import struct
import sys
from typing import Any

from webapp.config import Settings, process_settings
from webapp.processes import end_with_parent, lower_limit

REQUEST, ANSWER = struct.Struct("!Q"), struct.Struct("!I")


def main(argv: list[str]) -> int:
    """Answer requests until the parent hangs up or asks nothing for `photo_idle_s`."""
    connection = socket.socket(fileno=int(argv[0]))
    end_with_parent(int(argv[1]))
    settings = process_settings()
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_AS, settings.photo_memory_bytes)
    look = _Looker(settings)
    while True:
        connection.settimeout(settings.photo_idle_s)
        try:
            (length,) = REQUEST.unpack(receive_exactly(connection, REQUEST.size))
        except (ConnectionError, TimeoutError):
            return 0
        connection.settimeout(None)
        answer = json.dumps(look(receive_exactly(connection, length))).encode()
        connection.sendall(ANSWER.pack(len(answer)) + answer)


def receive_exactly(connection: socket.socket, count: int) -> bytes:
    """Return so many bytes.

    Raises:
        ConnectionError: the other end hung up before.
        TimeoutError: the socket's own time-out.
    """
    received = bytearray()
    while len(received) < count:
        chunk = connection.recv(min(count - len(received), 1 << 20))
        if not chunk:
            raise ConnectionError
        received += chunk
    return bytes(received)


class _Looker:
    def __init__(self, settings: Settings) -> None:
        # Imported only now: what these take must fit into the limits too.
        from webapp.photos.photo import photo_limits
        from webapp.pipelines import build_photo_pipeline

        self._pipeline = build_photo_pipeline(settings)
        self._limits = photo_limits(settings)

    def __call__(self, data: bytes) -> dict[str, Any]:
        from webapp.errors import TooLarge, from_vision
        from webapp.photos.photo import look_at_photo
        from webapp.vision.errors import VisionError

        try:
            return {"answer": look_at_photo(self._pipeline, data, self._limits)}
        except VisionError as error:
            return {"error": from_vision(error).to_json()}
        except MemoryError:
            return {"error": TooLarge("This picture needs more memory than it may use here.").to_json()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
