"""A collection that arrives in one request: streamed into a file, refused as early as possible."""

from __future__ import annotations

import time
from pathlib import Path

from flask import request

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, StorageFull, TooLarge, UnsupportedMedia
from webapp.vision.errors import NO_ROOM

ZIP_TYPES = ("application/zip", "application/x-zip-compressed", "application/octet-stream")

_PIECE_BYTES = 65_536
_MAGIC = b"PK\x03\x04"


def announced_bytes(settings: Settings) -> int:
    """Return the length of the request, so that it can be refused before its body is read.

    Raises:
        MirrorError: it is no ZIP, has no length, or is too large.
    """
    if request.mimetype not in ZIP_TYPES:
        raise UnsupportedMedia("Please send the collection as a ZIP (Content-Type: application/zip).")
    length = request.content_length
    if length is None:
        raise TooLarge("The upload has no length: send a Content-Length header.")
    if length > settings.studio_max_bytes:
        raise TooLarge(
            f"This collection is larger than {settings.studio_max_bytes / 1e6:g} MB. Leave some pictures out."
        )
    if not length:
        raise BadRequest("This file is empty.")
    return length


def receive(path: Path, settings: Settings) -> int:
    """Write the body of the request into a file, and return its length.

    Raises:
        MirrorError: it is no ZIP, broke off, or cannot be stored.
    """
    request.max_content_length = settings.studio_max_bytes
    size_bytes = 0
    try:
        with path.open("wb") as file:
            while piece := request.stream.read(_PIECE_BYTES):
                if not size_bytes and not piece.startswith(_MAGIC):
                    raise BadRequest("This file is not a ZIP. Export the collection on the page Collect.")
                file.write(piece)
                size_bytes += len(piece)
                # Green threads switch only where something waits; a fast upload would block all other requests.
                time.sleep(0)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull("There is not enough disk space for this collection now. Try again later.") from error
        raise MirrorError("The collection could not be stored. Try again later.") from error
    if size_bytes != request.content_length:
        raise BadRequest("The upload broke off.")
    return size_bytes
