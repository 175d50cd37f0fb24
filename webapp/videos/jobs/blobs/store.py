"""The interface of a store of blobs, and the keys of a job's blobs; `disk.py` and `s3.py` implement it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from webapp.errors import Busy

RESULT, DETECTIONS, PREVIEW = "result.mp4", "detections.jsonl", "preview.jpg"
RESULTS = (DETECTIONS, PREVIEW, RESULT)
"""Files that an attempt leaves behind."""

NO_PARTS = "-"
"""The `upload_ref` of an upload without a part so far."""

_ID = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[0-9a-f]{32}/(run-[0-9]+/)?[a-z0-9][a-z0-9.-]*")


class StoreUnavailable(Busy):
    """The store of videos does not answer, or refuses."""


def unavailable() -> StoreUnavailable:
    """Return the error for a store that does not answer."""
    return StoreUnavailable("The store of videos cannot be reached right now. Please try again in a minute.")


@dataclass(frozen=True)
class Blob:
    """What is known of a blob.

    Args:
        size_bytes: its length.
        modified_s: Unix time at which it was stored.
        etag: changes with its content; without quotes.
    """

    size_bytes: int
    modified_s: float
    etag: str


class BlobStore(Protocol):
    """Blobs by key, shared by web processes and workers. A blob is there whole or not at all.

    Nothing here publishes a result: a visitor is shown the attempt that the job's row names, and no other.

    Every method raises `StoreUnavailable` where the store does not answer, `StorageFull` where it is full, and
    `ValueError` for what is no id or key.
    """

    def draft(self, job_id: str) -> Path:
        """Return the path of a new local file, to be written and then `put`."""
        ...

    def workspace(self, job_id: str, attempt: int) -> Path:
        """Return an empty local folder for the work of one attempt; `leave` deletes it."""
        ...

    def leave(self, job_id: str, attempt: int) -> None:
        """Delete the local folder of an attempt."""
        ...

    def put(self, key: str, path: Path) -> None:
        """Store a local file under a key, in place of what is there. The file is gone afterwards, but for an error."""
        ...

    def find(self, key: str) -> Blob | None:
        """Return what is known of a blob, None where there is none."""
        ...

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return a blob's bytes from `start` to before `stop`, in pieces; the blob is opened at once.

        Raises:
            FileNotFoundError: there is no such blob.
        """
        ...

    def fetch(self, keys: list[str], folder: Path) -> Path:
        """Return a local file with the bytes of these blobs, one after the other. It must not be changed.

        Args:
            keys: in their order.
            folder: a workspace, into which it is written where it has to be.

        Raises:
            FileNotFoundError: there is no such blob.
        """
        ...

    def discard(self, key: str) -> None:
        """Delete one blob; it may be gone already."""
        ...

    def clean(self, job_id: str, attempt: int | None) -> None:
        """Delete everything of a job but the blobs of one attempt; of none where it is None."""
        ...

    def remove(self, job_id: str) -> None:
        """Delete everything of a job; what a process still adds is left to `remove_orphans`."""
        ...

    def remove_orphans(self, known: set[str], older_than_s: float) -> list[str]:
        """Delete what no job owns, and return the ids.

        Args:
            known: ids of all jobs.
            older_than_s: what has newer blobs stays.
        """
        ...

    def free_bytes(self) -> int | None:
        """Return the room that is left; None where there is no limit."""
        ...


def new_job_id() -> str:
    """Return a new random id. What a visitor sends never becomes part of a key."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Return whether this has the form of an id."""
    return _ID.fullmatch(text) is not None


def check_id(job_id: str) -> str:
    """Return the id.

    Raises:
        ValueError: it is malformed.
    """
    if not is_id(job_id):
        raise ValueError("not a job id")
    return job_id


def check_key(key: str) -> str:
    """Return the key.

    Raises:
        ValueError: it is malformed.
    """
    if not _KEY.fullmatch(key):
        raise ValueError("not a key")
    return key


def with_part(upload_ref: str, part: str) -> str:
    """Return the names of an upload's parts, as a job keeps them in `upload_ref`, with one more."""
    return f"{upload_ref or NO_PARTS} {part}"


def upload_keys(job_id: str, upload_ref: str) -> list[str]:
    """Return the keys of an upload's parts, in their order.

    Args:
        job_id: of the upload.
        upload_ref: see `with_part`; empty for an upload that an earlier version wrote, which has one file.
    """
    parts = upload_ref.removeprefix(NO_PARTS).split() if upload_ref else ["upload"]
    return [part_key(job_id, part) for part in parts]


def part_key(job_id: str, part: str) -> str:
    """Return the key of one part of an upload."""
    return check_key(f"{job_id}/{part}")


def run_key(job_id: str, attempt: int, name: str) -> str:
    """Return the key of a file of one attempt; each attempt has its own, so that they never mix."""
    return check_key(f"{job_id}/run-{attempt}/{name}")
