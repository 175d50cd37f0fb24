"""Blobs as files: a folder per job under `data_folder/jobs`, and nothing outside it."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from webapp.videos.jobs.blobs.store import Blob, check_id, check_key, is_id

_PIECE_BYTES = 65_536


class DiskBlobStore:
    """See `BlobStore`. Drafts and workspaces lie beside the blobs: storing one is a rename, in one step.

    Args:
        data_folder: of the settings.
    """

    def __init__(self, data_folder: Path) -> None:
        self.root = data_folder.resolve() / "jobs"

    def draft(self, job_id: str) -> Path:
        """Return the path of a new file in the folder of a job."""
        return self._made(job_id) / f"draft-{secrets.token_hex(8)}"

    def workspace(self, job_id: str, attempt: int) -> Path:
        """Return an empty folder in the folder of a job, which must be there: a job without one has been deleted."""
        folder = self._workspace(job_id, attempt)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def leave(self, job_id: str, attempt: int) -> None:
        """Delete the folder of an attempt's work."""
        shutil.rmtree(self._workspace(job_id, attempt), ignore_errors=True)

    def put(self, key: str, path: Path) -> None:
        """Rename a file to where the blob belongs."""
        target = self._path(key)
        if target.parent != self.folder(key[:32]):
            target.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(target)

    def find(self, key: str) -> Blob | None:
        """Return what is known of a blob, None where there is none."""
        try:
            status = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Blob(status.st_size, status.st_mtime, f"{status.st_mtime_ns:x}-{status.st_size:x}")

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return a blob's bytes in pieces."""
        file = self._path(key).open("rb")
        file.seek(start)
        return _pieces(file, None if stop is None else stop - start)

    def fetch(self, keys: list[str], folder: Path) -> Path:
        """Return the file of the only blob, else one with the bytes of all."""
        paths = [self._path(key) for key in keys]
        if len(paths) == 1:
            paths[0].stat()
            return paths[0]
        whole = folder / "upload"
        with whole.open("wb") as target:
            for path in paths:
                with path.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
        return whole

    def discard(self, key: str) -> None:
        """Delete one blob."""
        self._path(key).unlink(missing_ok=True)

    def clean(self, job_id: str, attempt: int | None) -> None:
        """Delete everything of a job but the blobs of one attempt."""
        folder = self.folder(job_id)
        for path in folder.iterdir() if folder.is_dir() else ():
            if attempt is None or path.name != f"run-{attempt}":
                _delete(path)

    def remove(self, job_id: str) -> None:
        """Delete a job's folder."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def remove_orphans(self, known: set[str], older_than_s: float) -> list[str]:
        """Delete folders that no job owns, and return their ids."""
        orphans = [job_id for job_id in self._ids() if job_id not in known and self._age_s(job_id) > older_than_s]
        for job_id in orphans:
            self.remove(job_id)
        return orphans

    def free_bytes(self) -> int | None:
        """Return the free space of the disk."""
        self.root.mkdir(parents=True, mode=0o700, exist_ok=True)
        return shutil.disk_usage(self.root).free

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job, whether it exists or not."""
        return self.root / check_id(job_id)

    def _made(self, job_id: str) -> Path:
        folder = self.folder(job_id)
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        return folder

    def _workspace(self, job_id: str, attempt: int) -> Path:
        return self.folder(job_id) / f"work-{attempt}"

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _ids(self) -> list[str]:
        if not self.root.is_dir():
            return []
        return [path.name for path in self.root.iterdir() if is_id(path.name)]

    def _age_s(self, job_id: str) -> float:
        folder = self.folder(job_id)
        try:
            newest = max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
        except OSError:
            return 0.0
        return time.time() - newest


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    with file:
        while length is None or length > 0:
            piece = file.read(_PIECE_BYTES if length is None else min(_PIECE_BYTES, length))
            if not piece:
                return
            length = None if length is None else length - len(piece)
            yield piece


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
