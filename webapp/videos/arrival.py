"""The bytes of a video as they arrive: checked from the first ones on, and stored in parts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.errors import BadRequest, MirrorError, TooLarge, UnsupportedMedia
from webapp.videos.admission import no_room
from webapp.videos.jobs.blobs.part_writer import PartWriter
from webapp.vision.errors import NO_ROOM
from webapp.vision.video.containers import MAGIC_BYTES, NOT_A_VIDEO, sniff_container


class NoVideo(BadRequest):
    """The file is empty."""

    code = "no_video"


class VideoArrival:
    """Takes the bytes of a video, or of what follows on an earlier request, and refuses what is not a video.

    Args:
        parts: where they go.
        max_bytes: as many may come.
        continues: an earlier request has brought the beginning.
    """

    def __init__(self, parts: PartWriter, max_bytes: int, continues: bool = False) -> None:
        self._parts = parts
        self._max_bytes = max_bytes
        self._head: bytes | None = None if continues else b""
        self.size_bytes = 0

    def write(self, data: bytes) -> int:
        """Append; raises a `MirrorError` for what is not a video, too large, or cannot be stored."""
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        if self._head is not None and len(self._head) + len(data) < MAGIC_BYTES:
            self._head += data
        else:
            self._check_head(data)
            with storing():
                self._parts.write(data)
        # Green threads switch only where something waits; a fast upload would block all other requests.
        time.sleep(0)
        return len(data)

    def finish(self) -> None:
        """Store what has come so far; fewer bytes than tell what it is are a whole file.

        Raises:
            MirrorError: it is empty or not a video, or cannot be stored.
        """
        if self._head is not None and self.size_bytes == 0:
            raise NoVideo("This file is empty.")
        self._check_head(b"")
        self.keep()

    def keep(self) -> None:
        """Store what has come so far, of an upload that breaks off; a beginning of a few bytes is dropped."""
        with storing():
            self._parts.flush()

    def abandon(self) -> None:
        """Drop what is not stored yet."""
        self._parts.abandon()

    def _check_head(self, data: bytes) -> None:
        """Check the first bytes, once, and hand those on that were kept back."""
        if self._head is None:
            return
        head, kept, self._head = self._head + data[:MAGIC_BYTES], self._head, None
        if sniff_container(head[:MAGIC_BYTES]) is None:
            raise UnsupportedMedia(NOT_A_VIDEO)
        with storing():
            self._parts.write(kept)


@contextmanager
def storing() -> Iterator[None]:
    """Translate the errors of files that cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise no_room() from error
        raise MirrorError("The video could not be stored. Try again later.") from error


def too_large(max_bytes: int) -> TooLarge:
    """Return the error for a video of more bytes than allowed."""
    return TooLarge(f"This video is larger than {max_bytes / 1e6:g} MB. Cut it or choose a smaller one.")
