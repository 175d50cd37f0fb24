"""Blobs in an S3 bucket (boto3). Drafts and workspaces are files of this machine.

An upload is a list of objects, one a part, and not an S3 multipart upload: nobody but a worker reads it, which writes
the parts into one file anyway; so parts may be of any size, none waits for 5 MB to come together, and an upload that
was abandoned leaves objects that a listing shows, and no hidden parts that are paid for.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from webapp.videos.jobs.blobs.s3_client import connect, translated
from webapp.videos.jobs.blobs.store import Blob, check_id, check_key, is_id

_PREFIX = "jobs/"
_PIECE_BYTES = 262_144
_SCRATCH_KEPT_S = 24 * 3600.0
"""Longer than any request takes."""


class S3BlobStore:
    """See `BlobStore`. Endpoint, region and keys are those of boto3's own variables (`AWS_…`).

    Args:
        bucket: name of a bucket that is there.
        scratch: local folder for drafts and workspaces.
        wait_s: how long a store that does not answer is waited for.

    Raises:
        BadDeployment: the bucket cannot be used; the sentence says why.
    """

    def __init__(self, bucket: str, scratch: Path, wait_s: float) -> None:
        self._bucket = bucket
        self._scratch = scratch.resolve()
        self._client: Any = connect(bucket, wait_s)
        # A web process that was killed leaves its drafts, and there may be no worker on its machine.
        for job_id, at_s in self._local_times().items():
            if at_s < time.time() - _SCRATCH_KEPT_S:
                shutil.rmtree(self._scratch / job_id, ignore_errors=True)

    def draft(self, job_id: str) -> Path:
        """Return the path of a new local file."""
        return self._local(job_id) / f"draft-{secrets.token_hex(8)}"

    def workspace(self, job_id: str, attempt: int) -> Path:
        """Return an empty local folder."""
        self.leave(job_id, attempt)
        folder = self._local(job_id) / f"work-{attempt}"
        folder.mkdir(mode=0o700)
        return folder

    def leave(self, job_id: str, attempt: int) -> None:
        """Delete the local folder of an attempt's work."""
        local = self._scratch / check_id(job_id)
        shutil.rmtree(local / f"work-{attempt}", ignore_errors=True)
        with suppress(OSError):  # other drafts or attempts are in it
            local.rmdir()

    def put(self, key: str, path: Path) -> None:
        """Store a local file in one request; the bucket shows an object once it is whole."""
        with path.open("rb") as body, translated():
            self._client.put_object(Bucket=self._bucket, Key=_object(key), Body=body)
        path.unlink()
        with suppress(OSError):
            path.parent.rmdir()

    def find(self, key: str) -> Blob | None:
        """Return what is known of a blob, None where there is none."""
        try:
            with translated():
                head = self._client.head_object(Bucket=self._bucket, Key=_object(key))
        except FileNotFoundError:
            return None
        return Blob(head["ContentLength"], head["LastModified"].timestamp(), head["ETag"].strip('"'))

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return a blob's bytes in pieces, as they come from the bucket."""
        if stop is not None and stop <= start:
            return iter(())
        part = f"bytes={start}-{'' if stop is None else stop - 1}"
        # No range for a whole blob: that of an empty one could not be satisfied.
        ranges = {} if (start, stop) == (0, None) else {"Range": part}
        with translated():
            got = self._client.get_object(Bucket=self._bucket, Key=_object(key), **ranges)
        return _pieces(got["Body"])

    def fetch(self, keys: list[str], folder: Path) -> Path:
        """Write the blobs' bytes into one file of the folder."""
        whole = folder / "upload"
        with whole.open("wb") as target:
            for key in keys:
                for piece in self.read(key):
                    target.write(piece)
        return whole

    def discard(self, key: str) -> None:
        """Delete one blob."""
        with translated():
            self._client.delete_object(Bucket=self._bucket, Key=_object(key))

    def clean(self, job_id: str, attempt: int | None) -> None:
        """Delete everything of a job but the blobs of one attempt."""
        kept = None if attempt is None else f"{_PREFIX}{check_id(job_id)}/run-{attempt}/"
        for listed in self._listed(f"{check_id(job_id)}/"):
            if kept is None or not listed["Key"].startswith(kept):
                self._delete(listed["Key"])

    def remove(self, job_id: str) -> None:
        """Delete every object of a job, and what it has on this machine."""
        shutil.rmtree(self._scratch / check_id(job_id), ignore_errors=True)
        self.clean(job_id, None)

    def remove_orphans(self, known: set[str], older_than_s: float) -> list[str]:
        """Delete objects that no job owns, and return the ids; local files too."""
        newest: dict[str, float] = {}
        for listed in self._listed(""):
            job_id = listed["Key"].removeprefix(_PREFIX).split("/")[0]
            newest[job_id] = max(newest.get(job_id, 0.0), listed["LastModified"].timestamp())
        for job_id, at_s in self._local_times().items():
            newest[job_id] = max(newest.get(job_id, 0.0), at_s)
        before_s = time.time() - older_than_s
        orphans = [
            job_id for job_id, at_s in newest.items() if is_id(job_id) and job_id not in known and at_s < before_s
        ]
        for job_id in orphans:
            self.remove(job_id)
        return orphans

    def free_bytes(self) -> int | None:
        """Return None: a bucket has no limit."""
        return None

    def _local(self, job_id: str) -> Path:
        folder = self._scratch / check_id(job_id)
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        return folder

    def _local_times(self) -> dict[str, float]:
        """Return when the local folders of jobs were changed, by id."""
        times: dict[str, float] = {}
        for path in self._scratch.iterdir() if self._scratch.is_dir() else ():
            with suppress(OSError):
                if is_id(path.name):
                    times[path.name] = path.stat().st_mtime
        return times

    def _listed(self, prefix: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=_PREFIX + prefix)
        with translated():
            return [listed for page in pages for listed in page.get("Contents", ())]

    def _delete(self, name: str) -> None:
        # One by one: not every store has the request that deletes many.
        with translated():
            self._client.delete_object(Bucket=self._bucket, Key=name)


def _object(key: str) -> str:
    return _PREFIX + check_key(key)


def _pieces(body: Any) -> Iterator[bytes]:
    with body, translated():
        yield from body.iter_chunks(_PIECE_BYTES)
