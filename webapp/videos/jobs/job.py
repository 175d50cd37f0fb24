"""The record of one job."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.videos.jobs.states import State


@dataclass(frozen=True)
class Job:
    """One uploaded video: a row of the job table.

    Args:
        id: 32 hexadecimal digits, random; also the name of the job's folder.
        visitor_id: of the uploader.
        token_sha256: hexadecimal digest of the token that opens it without a cookie.
        name: of the visitor's file, cleaned; text to show, never a path.
        size_bytes: of the upload; while it is under way, as announced.
        created_s: Unix time.
        expires_s: Unix time at which a job that still waits is given up, and an upload or one that has ended is
            forgotten.
        attempts: number of starts.
        worker: name of the worker that runs it, or of the request that writes to the upload; or None.
        lease_until_s: Unix time at which a running job without a heartbeat may be run again, and an upload may be
            written to by another request.
        progress: in [0, 1].
        frames_done, skipped_frames, fps, eta_s: see `webapp.vision.video.annotation.Progress`.
        width, height: of the annotated video, pixels; None until the first frame is done.
        error_code, error_message: set where the job failed.
        address_digest: of the uploader's network address; see `webapp.security.Client`.
        received_bytes: of the upload, so far.
        upload_ref: names of the upload's parts in the store, see `blobs.store.with_part`; the queue does not read it.
            Empty while a video is uploaded in one request: no other goes on with it.
    """

    id: str
    visitor_id: str
    token_sha256: str
    name: str
    size_bytes: int
    created_s: float
    expires_s: float
    state: State = State.QUEUED
    attempts: int = 0
    worker: str | None = None
    lease_until_s: float = 0.0
    progress: float = 0.0
    frames_done: int = 0
    skipped_frames: int = 0
    fps: float = 0.0
    eta_s: float | None = None
    width: int | None = None
    height: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    address_digest: str = ""
    received_bytes: int = 0
    upload_ref: str = ""


@dataclass(frozen=True)
class JobProgress:
    """Content of a heartbeat; see `webapp.vision.video.annotation.Progress`. No size before the first frame."""

    progress: float = 0.0
    frames_done: int = 0
    skipped_frames: int = 0
    fps: float = 0.0
    eta_s: float | None = None
    width: int | None = None
    height: int | None = None


def storable(text: str) -> str:
    """Return a text that every database stores: without NUL and lone surrogates, which decoders may report."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
