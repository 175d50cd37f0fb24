"""Upload of a video: streamed from the request to its file, refused as early as possible."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from flask import request
from werkzeug.formparser import FormDataParser

from webapp.errors import BadRequest, MirrorError, TooLarge, UnsupportedMedia
from webapp.videos.admission import no_room
from webapp.vision.errors import NO_ROOM
from webapp.vision.video.containers import MAGIC_BYTES, NOT_A_VIDEO, sniff_container

FIELD = "video"

_FORM_BYTES_MAX = 65_536
# The parser counts the bytes that it has read ahead of the video as fields, 64 kB at a time.
_FIELDS_BYTES_MAX = 500_000
_PARTS_MAX = 8


class NoVideo(BadRequest):
    """The file is empty."""

    code = "no_video"


@dataclass(frozen=True)
class Upload:
    """An uploaded video: name of the file as sent, and its size in bytes."""

    name: str | None
    size_bytes: int


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
        raise _too_large(max_bytes)
    return length


def receive(path: Path, max_bytes: int) -> Upload:
    """Stream the form's file to disk; nothing is held in memory or written elsewhere.

    Args:
        path: file to write, left half-written on an error.
        max_bytes: largest video.

    Raises:
        MirrorError: the upload is refused, as early as possible.
    """
    request.max_content_length = max_bytes + _FORM_BYTES_MAX
    sink: _VideoSink | None = None

    def one_file(
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        nonlocal sink
        if sink is not None:
            raise BadRequest("Send one video at a time.")
        sink = _VideoSink(path, max_bytes)
        return cast(IO[bytes], sink)  # all that the parser does with it is write and seek

    parser = FormDataParser(one_file, max_form_memory_size=_FIELDS_BYTES_MAX, max_form_parts=_PARTS_MAX, silent=False)
    try:
        form = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    except ValueError as error:
        raise BadRequest("This form cannot be read.") from error
    except OSError as error:
        raise _from_os(error) from error
    finally:
        if sink is not None:
            sink.close()
    file = form[2].get(FIELD)
    if file is None or sink is None:
        raise BadRequest(f"The video is missing: send it as the form's file {FIELD!r}.")
    sink.check_whole()
    return Upload(file.filename, sink.size_bytes)


class _VideoSink:
    """A file that refuses, from the first bytes on, what is not a video."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._file = path.open("wb")
        self._max_bytes = max_bytes
        self._head = b""
        self.size_bytes = 0

    def write(self, data: bytes) -> int:
        """Append; raises a `MirrorError` for what is not a video or too large."""
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise _too_large(self._max_bytes)
        if len(self._head) < MAGIC_BYTES:
            self._head += data[: MAGIC_BYTES - len(self._head)]
            if len(self._head) == MAGIC_BYTES:
                self._check_head()
        self._file.write(data)
        # Green threads switch only where something waits; a fast upload would block all other requests.
        time.sleep(0)
        return len(data)

    def seek(self, offset: int) -> int:
        """Flush; the parser rewinds files that it has read."""
        self._file.flush()
        return self._file.seek(offset)

    def close(self) -> None:
        """Close the file; `write` or `seek` has raised what could not be written."""
        with suppress(OSError):
            self._file.close()

    def check_whole(self) -> None:
        """Check a file shorter than `MAGIC_BYTES`."""
        if self.size_bytes == 0:
            raise NoVideo("This file is empty.")
        self._check_head()

    def _check_head(self) -> None:
        if sniff_container(self._head) is None:
            raise UnsupportedMedia(NOT_A_VIDEO)


def _from_os(error: OSError) -> MirrorError:
    if error.errno in NO_ROOM:
        return no_room()
    return MirrorError("The video could not be stored. Try again later.")


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"This video is larger than {max_bytes / 1e6:g} MB. Cut it or choose a smaller one.")
