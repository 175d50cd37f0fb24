"""`python -m webapp.photos.process SOCKET PARENT`: detect faces in untrusted photos, in a process of its own.

Decoders may crash, hang or allocate without end; here that costs one photo. A request is eight bytes of length and the
photo, a response four bytes of length and JSON: `{"result": …}` or `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import json
import logging
import resource
import socket
import struct
import sys
from typing import Any

from webapp.config import Settings, process_settings
from webapp.processes import end_with_parent, lower_limit

log = logging.getLogger(__name__)

REQUEST, RESPONSE = struct.Struct("!Q"), struct.Struct("!I")
MODEL_ERROR = 3
"""Exit status where the models cannot be loaded: the photo is not the cause."""


def main(argv: list[str]) -> int:
    """Answer requests until the parent hangs up or sends nothing for `photo_idle_s`."""
    connection = socket.socket(fileno=int(argv[0]))
    end_with_parent(int(argv[1]))
    settings = process_settings()
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_AS, settings.photo_memory_bytes)
    # Imported only now: the limits apply to what these modules take, too.
    from webapp.vision.errors import ModelError

    try:
        photos = _Photos(settings)
    except ModelError as error:
        log.error("the models for photos cannot be loaded: %s", error)
        return MODEL_ERROR
    while True:
        connection.settimeout(settings.photo_idle_s)
        try:
            (length,) = REQUEST.unpack(receive_exactly(connection, REQUEST.size))
        except (ConnectionError, TimeoutError):
            return 0
        connection.settimeout(None)
        response = json.dumps(photos.respond(receive_exactly(connection, length))).encode()
        connection.sendall(RESPONSE.pack(len(response)) + response)


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


class _Photos:
    def __init__(self, settings: Settings) -> None:
        from webapp.photos.photo import photo_limits
        from webapp.pipelines import build_photo_pipeline

        self._pipeline = build_photo_pipeline(settings)
        self._limits = photo_limits(settings)

    def respond(self, data: bytes) -> dict[str, Any]:
        """Return the response to one encoded photo."""
        from webapp.errors import TooLarge, from_vision
        from webapp.photos.photo import detect_in_photo
        from webapp.vision.errors import VisionError

        try:
            return {"result": detect_in_photo(self._pipeline, data, self._limits)}
        except VisionError as error:
            return {"error": from_vision(error).to_json()}
        except MemoryError:
            return {"error": TooLarge("This picture needs more memory than it may use here.").to_json()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
