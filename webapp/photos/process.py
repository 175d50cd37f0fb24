"""`python -m webapp.photos.process SOCKET PARENT`: detect faces in untrusted photos, in a process of its own.

Decoders may crash, hang or allocate without end; here that costs one photo. A request is eight bytes of length, one
that says whether to draw the faces, and the photo; a response four bytes of length and JSON: `{"stage": …}` as each
stage begins, then `{"error": {"code", "message"}}`, or `{"result": …, "picture_bytes": n}` and n bytes of PNG.
"""

from __future__ import annotations

import json
import logging
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

from webapp.config import Settings, process_settings
from webapp.logs.configuration import configure_logging
from webapp.processes.helpers import end_with_parent, lower_limit, release_free_memory
from webapp.processes.sandbox import confine

log = logging.getLogger(__name__)

REQUEST, RESPONSE = struct.Struct("!Q?"), struct.Struct("!I")
DECODING, DETECTING = "decoding", "detecting"
"""Stages of one photo. What stops the process in the first one is the photo's fault, later ones are the server's."""
MODEL_ERROR = 3
"""Exit status where the models cannot be loaded: the photo is not the cause."""

_RESERVE_S = 1.0
"""So long after a photo its memory is kept for the next one."""


def main(argv: list[str]) -> int:
    """Answer requests until the parent hangs up or sends nothing for `photo_idle_s`."""
    connection = socket.socket(fileno=int(argv[0]))
    confine()
    end_with_parent(int(argv[1]))
    settings = process_settings()
    configure_logging(settings, "photos")
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
        if not select.select([connection], [], [], _RESERVE_S)[0]:
            release_free_memory()
        connection.settimeout(settings.photo_idle_s)
        try:
            length, drawn = REQUEST.unpack(receive_exactly(connection, REQUEST.size))
        except (ConnectionError, TimeoutError):
            return 0
        connection.settimeout(None)
        data = receive_exactly(connection, length)
        # Processor time, so that a busy machine is not blamed on the photo; the signal ends the process.
        signal.setitimer(signal.ITIMER_PROF, settings.photo_deadline_s)
        for message, picture in photos.respond(data, drawn):
            response = json.dumps(message).encode()
            connection.sendall(RESPONSE.pack(len(response)) + response + picture)
        signal.setitimer(signal.ITIMER_PROF, 0)


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

    def respond(self, data: bytes, drawn: bool) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Yield the stages of one encoded photo, and at last the response, each with the bytes that follow it."""
        from webapp.errors import TooLarge, from_vision
        from webapp.photos.photo import annotated_png, detect_in_image
        from webapp.vision.errors import VisionError
        from webapp.vision.frames import decode_image

        try:
            yield {"stage": DECODING}, b""
            image = decode_image(data, self._limits)
            yield {"stage": DETECTING}, b""
            result, detections = detect_in_image(self._pipeline, image)
            picture = annotated_png(image, detections, self._limits.decode_px) if drawn else b""
            yield {"result": result, "picture_bytes": len(picture)}, picture
        except VisionError as error:
            yield {"error": from_vision(error).to_json()}, b""
        except MemoryError:
            yield {"error": TooLarge("This picture needs more memory than it may use here.").to_json()}, b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
