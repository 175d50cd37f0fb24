"""Upload of a video in one request: streamed from the form into the store, refused as early as possible."""

from __future__ import annotations

from typing import IO, cast

from flask import request
from werkzeug.formparser import FormDataParser

from webapp.errors import BadRequest, TooLarge
from webapp.videos.arrival import VideoArrival, too_large

FIELD = "video"

_FORM_BYTES_MAX = 65_536
# The parser counts the bytes that it has read ahead of the video as fields, 64 kB at a time.
_FIELDS_BYTES_MAX = 500_000
_PARTS_MAX = 8


def announced_bytes(max_bytes: int) -> int:
    """Return the length of the request, so that it can be refused before its body is read.

    Args:
        max_bytes: largest video.

    Raises:
        TooLarge: the length is missing, or too large.
    """
    length = request.content_length
    if length is None:
        raise TooLarge("The upload has no length: send a Content-Length header.")
    if length > max_bytes + _FORM_BYTES_MAX:
        raise too_large(max_bytes)
    return length


def receive(arrival: VideoArrival, max_bytes: int) -> str | None:
    """Stream the form's file into the store, and return the name that it was sent with.

    Args:
        arrival: takes the file; on an error some of it may have been stored.
        max_bytes: largest video.

    Raises:
        MirrorError: the upload is refused, as early as possible.
    """
    request.max_content_length = max_bytes + _FORM_BYTES_MAX
    files = 0

    def one_file(
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        nonlocal files
        files += 1
        if files > 1:
            raise BadRequest("Send one video at a time.")
        return cast(IO[bytes], _FormFile(arrival))  # all that the parser does with it is write and seek

    parser = FormDataParser(one_file, max_form_memory_size=_FIELDS_BYTES_MAX, max_form_parts=_PARTS_MAX, silent=False)
    try:
        form = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
        file = form[2].get(FIELD)
        if file is None:
            raise BadRequest(f"The video is missing: send it as the form's file {FIELD!r}.")
        arrival.finish()
    except ValueError as error:
        raise BadRequest("This form cannot be read.") from error
    except OSError as error:
        raise BadRequest("The upload broke off.") from error
    finally:
        arrival.abandon()
    return file.filename


class _FormFile:
    """What the parser takes for a file."""

    def __init__(self, arrival: VideoArrival) -> None:
        self.write = arrival.write

    def seek(self, offset: int) -> int:
        """Do nothing: the parser rewinds what it has written."""
        return offset
