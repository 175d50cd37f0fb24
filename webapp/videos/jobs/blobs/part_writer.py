"""Cuts an upload into parts: bounded memory, one file at a time on this machine, each part stored whole."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from webapp.errors import Conflict, MirrorError
from webapp.videos.jobs.blobs.store import BlobStore, part_key

PART_BYTES = 8_000_000
"""Size of a part: what an upload may lose where its process is killed."""

Commit = Callable[[str, int], None]


class PartWriter:
    """Stores what is written as parts of an upload.

    Args:
        store: gets the parts.
        job_id: of the upload.
        commit: called with the name and the size in bytes of every part, after it was stored. Where it raises
            `Conflict` the part is deleted; after another error nobody knows, and it stays until the job is cleaned.
        part_bytes: size of a part.
    """

    def __init__(self, store: BlobStore, job_id: str, commit: Commit, part_bytes: int = PART_BYTES) -> None:
        self._store = store
        self._job_id = job_id
        self._commit = commit
        self._part_bytes = part_bytes
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append bytes; full parts are stored and committed."""
        view = memoryview(data)
        while view:
            if self._file is None:
                self._path = self._store.draft(self._job_id)
                self._file = self._path.open("wb")
            taken = self._file.write(view[: self._part_bytes - self._size])
            self._size += taken
            view = view[taken:]
            if self._size == self._part_bytes:
                self.flush()

    def flush(self) -> None:
        """Store and commit what has been written since the last part."""
        if self._file is None or self._path is None:
            return
        size, part = self._size, f"part-{secrets.token_hex(8)}"
        key = part_key(self._job_id, part)
        try:
            self._file.close()
            self._store.put(key, self._path)
        except BaseException:
            self.abandon()
            raise
        self._forget()
        try:
            self._commit(part, size)
        except Conflict:
            with suppress(MirrorError, OSError):  # else it goes with the job
                self._store.discard(key)
            raise

    def abandon(self) -> None:
        """Delete what has been written since the last part."""
        if self._file is not None and self._path is not None:
            with suppress(OSError):  # what was buffered finds no room
                self._file.close()
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        self._path, self._file, self._size = None, None, 0
