"""Uploads that resume: a tus 1.0 server (https://tus.io/protocols/resumable-upload), under `/api/v1/uploads`.

The row of the job is the truth: how many bytes have been received, which parts they are, and which request may write.
So any web process goes on with an upload, and the request that brings the last byte queues the video in one step.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from email.utils import formatdate

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected

from webapp.config import Settings
from webapp.errors import (
    BadRequest,
    Busy,
    Conflict,
    Locked,
    MirrorError,
    ProtocolMismatch,
    TooLarge,
    TooSlow,
    UnsupportedMedia,
)
from webapp.videos.admission import Admission
from webapp.videos.arrival import NoVideo, VideoArrival, too_large
from webapp.videos.jobs.blobs.part_writer import PART_BYTES, PartWriter
from webapp.videos.jobs.blobs.store import NO_PARTS, BlobStore, with_part
from webapp.videos.jobs.dispatch.hints import Hints
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.states import FINAL, State
from webapp.videos.jobs_json import job_json
from webapp.videos.owned_jobs import OwnedJobs

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
CONTENT_TYPE = "application/offset+octet-stream"

_PARTS_MAX = 1000
_READ_BYTES = 65_536
_HOLD_EVERY_S = 2.0


def create_uploads_api(settings: Settings, queue: JobQueue, store: BlobStore, hints: Hints) -> Blueprint:
    """Return the routes under `/api/v1/uploads`.

    Args:
        settings: limits of uploads.
        queue: of the jobs.
        store: of the uploads.
        hints: tell workers of videos that have arrived.
    """
    blueprint = Blueprint("uploads", __name__, url_prefix="/api/v1/uploads")
    uploads = _Uploads(settings, queue, store, hints)
    for path, method, view in (
        ("", "OPTIONS", uploads.options),
        ("", "POST", uploads.post),
        ("/<job_id>", "OPTIONS", uploads.options_of_one),
        ("/<job_id>", "HEAD", uploads.head),
        ("/<job_id>", "PATCH", uploads.patch),
        ("/<job_id>", "DELETE", uploads.delete),
    ):
        blueprint.add_url_rule(path, view.__name__, view, methods=[method], provide_automatic_options=False)

    @blueprint.after_request
    def name_the_version(response: Response) -> Response:
        response.headers["Tus-Resumable"] = VERSION
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == 412:
            response.headers["Tus-Version"] = VERSION
        return response

    return blueprint


class _Uploads:
    def __init__(self, settings: Settings, queue: JobQueue, store: BlobStore, hints: Hints) -> None:
        self._settings = settings
        self._queue = queue
        self._store = store
        self._hints = hints
        self._jobs = OwnedJobs(queue, store)
        self._admission = Admission(settings, queue, store)
        self._abilities = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.video_max_bytes),
        }

    def options(self) -> ResponseReturnValue:
        """Return what this server can."""
        return "", 204, self._abilities | {"Allow": "OPTIONS, POST"}

    def options_of_one(self, job_id: str) -> ResponseReturnValue:
        """Return what this server can."""
        return "", 204, self._abilities | {"Allow": "DELETE, HEAD, OPTIONS, PATCH"}

    def post(self) -> ResponseReturnValue:
        """Admit an upload and store its row; no byte of it is taken yet."""
        _check_version()
        length_bytes = _whole_number("Upload-Length")
        if length_bytes == 0:
            raise NoVideo("This file is empty.")
        if length_bytes > self._settings.video_max_bytes:
            raise too_large(self._settings.video_max_bytes)
        job, token = self._jobs.new(length_bytes, self._expires_s(), _file_name(), NO_PARTS)
        self._admission.admit(job)
        headers = {"Location": url_for("uploads.head", job_id=job.id)} | _expiry(job)
        return job_json(job) | {"token": token}, 201, headers

    def head(self, job_id: str) -> ResponseReturnValue:
        """Return how far an upload is."""
        _check_version()
        job = self._jobs.own(job_id)
        return "", 200, {"Upload-Length": str(job.size_bytes)} | _offset(job) | _expiry(job)

    def patch(self, job_id: str) -> ResponseReturnValue:
        """Take bytes from an offset on; the last ones queue the video."""
        _check_version()
        if request.mimetype != CONTENT_TYPE:
            raise UnsupportedMedia(f"Send the bytes as {CONTENT_TYPE}.")
        offset = _whole_number("Upload-Offset")
        length_bytes = request.content_length
        self._check_offset(self._jobs.own(job_id), offset, length_bytes)
        holder = secrets.token_hex(8)
        held = self._queue.take_upload(job_id, holder)
        if held is None:
            raise Locked("Another request sends bytes of this video. Try again in a moment.", 1)
        try:
            # Again: another request may have held it in between.
            self._check_offset(held, offset, length_bytes)
            _Reception(held, holder, self._settings, self._queue, self._store).receive()
        except UnsupportedMedia:
            self._end(job_id)
            raise
        except MirrorError as error:
            if self._queue.get(job_id) is None:  # it was cancelled, and its files are gone with it
                self._jobs.delete_files(job_id)
                raise _lost() from error
            raise
        finally:
            with suppress(MirrorError):  # else it is free when its lease ends
                self._queue.leave_upload(job_id, holder)
        job = self._jobs.own(job_id)
        if job.state is not State.UPLOADING:
            self._hints.send(job_id)
        return "", 204, _offset(job) | _expiry(job)

    def delete(self, job_id: str) -> ResponseReturnValue:
        """End an upload, or whatever has become of it."""
        _check_version()
        job = self._jobs.own(job_id)
        if job.state not in FINAL:
            self._queue.cancel(job_id)
        self._end(job_id)
        return "", 204

    def _end(self, job_id: str) -> None:
        # Where it cannot be removed, its last byte has come in between, and it waits for a worker.
        if not self._queue.remove(job_id) and self._queue.cancel(job_id):
            self._queue.remove(job_id)
        self._jobs.delete_files(job_id)

    def _expires_s(self) -> float:
        return self._queue.now_s() + self._settings.expire_s

    def _check_offset(self, job: Job, offset: int, length_bytes: int | None) -> None:
        if job.state is not State.UPLOADING:
            raise Conflict("This video has arrived already.")
        if offset != job.received_bytes:
            raise Conflict(f"The next byte of this video is number {job.received_bytes}.")
        if length_bytes is None:
            raise TooLarge("The upload has no length: send a Content-Length header.")
        if offset + length_bytes > job.size_bytes:
            raise TooLarge("These are more bytes than were announced for this video.")
        if len(job.upload_ref.split()) > _PARTS_MAX:
            raise BadRequest("This video came in too many pieces. Send it again, in larger ones.")


class _Reception:
    """The body of one PATCH on its way into the store."""

    def __init__(self, job: Job, holder: str, settings: Settings, queue: JobQueue, store: BlobStore) -> None:
        self._job = job
        self._holder = holder
        self._expire_s = settings.expire_s
        self._queue = queue
        self._received_bytes = job.received_bytes
        self._upload_ref = job.upload_ref
        self._held_at = time.monotonic()
        parts = PartWriter(store, job.id, self._commit, max(PART_BYTES, 2 * job.size_bytes // _PARTS_MAX))
        self._left_bytes = job.size_bytes - job.received_bytes
        self._arrival = VideoArrival(parts, self._left_bytes, continues=job.received_bytes > 0)

    def receive(self) -> None:
        """Take the body; what has arrived before it breaks off is kept."""
        try:
            for data in _body(request.content_length or 0):
                self._arrival.write(data)
                self._hold()
            if self._arrival.size_bytes == self._left_bytes:
                self._arrival.finish()
            else:
                self._arrival.keep()
        except (ClientDisconnected, TooSlow):
            self._arrival.keep()
            raise
        finally:
            self._arrival.abandon()

    def _hold(self) -> None:
        """Prolong the hold, for parts take long over a slow connection."""
        if time.monotonic() - self._held_at > _HOLD_EVERY_S:
            with suppress(Busy):  # the table is away: the next call is soon
                self._advance(self._received_bytes, self._upload_ref)

    def _commit(self, part: str, size_bytes: int) -> None:
        received_bytes, upload_ref = self._received_bytes + size_bytes, with_part(self._upload_ref, part)
        if received_bytes < self._job.size_bytes:
            self._advance(received_bytes, upload_ref)
        elif not self._queue.enqueue(self._job.id, self._holder, self._job.name, received_bytes, upload_ref):
            raise _lost()
        self._received_bytes, self._upload_ref = received_bytes, upload_ref

    def _advance(self, received_bytes: int, upload_ref: str) -> None:
        expires_s = self._queue.now_s() + self._expire_s
        if not self._queue.advance_upload(self._job.id, self._holder, received_bytes, expires_s, upload_ref):
            raise _lost()
        self._held_at = time.monotonic()


def _body(length_bytes: int) -> Iterator[bytes]:
    """Yield the body as it comes: `read` would wait for whole pieces, and lose one where the connection breaks."""
    read1 = request.environ["wsgi.input"].read1
    while length_bytes > 0:
        try:
            data: bytes = read1(min(_READ_BYTES, length_bytes))
        except ConnectionError as error:
            raise ClientDisconnected from error
        if not data:
            raise ClientDisconnected
        length_bytes -= len(data)
        yield data


def _lost() -> Conflict:
    return Conflict("Another request goes on with this video, or it was cancelled.")


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProtocolMismatch(f"Send the header Tus-Resumable: {VERSION}.")


def _whole_number(name: str) -> int:
    text = request.headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise BadRequest(f"Send the header {name} with a number of bytes.")
    return int(text)


def _file_name() -> str | None:
    """Return `filename` of `Upload-Metadata`, which has pairs of a key and a value in base64."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode(errors="replace")
            except binascii.Error as error:
                raise BadRequest("The file name in Upload-Metadata cannot be read.") from error
    return None


def _offset(job: Job) -> dict[str, str]:
    return {"Upload-Offset": str(job.received_bytes if job.state is State.UPLOADING else job.size_bytes)}


def _expiry(job: Job) -> dict[str, str]:
    return {"Upload-Expires": formatdate(job.expires_s, usegmt=True)} if job.state is State.UPLOADING else {}
