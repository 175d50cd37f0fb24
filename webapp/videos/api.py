"""Videos over HTTP: upload, progress, result, cancel. The contract is in `/api/v1/openapi.json`."""

from __future__ import annotations

import secrets
from dataclasses import replace

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.errors import Conflict, NotFound
from webapp.security import visitor_id
from webapp.videos.admission import Admission
from webapp.videos.arrival import VideoArrival
from webapp.videos.blob_response import blob_response
from webapp.videos.jobs.blobs.part_writer import PartWriter
from webapp.videos.jobs.blobs.store import DETECTIONS, PREVIEW, RESULT, BlobStore, run_key, with_part
from webapp.videos.jobs.dispatch.hints import Hints
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.names import display_name, download_name
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.states import FINAL, State
from webapp.videos.jobs_json import is_visible, job_json
from webapp.videos.owned_jobs import OwnedJobs
from webapp.videos.upload import announced_bytes, receive

NOT_STORED = {"Cache-Control": "no-store"}


def create_videos_api(settings: Settings, queue: JobQueue, store: BlobStore, hints: Hints) -> Blueprint:
    """Return the routes under `/api/v1/videos`.

    Args:
        settings: limits of uploads.
        queue: of the jobs.
        store: of uploads and results.
        hints: tell workers of new ones.
    """
    blueprint = Blueprint("videos", __name__, url_prefix="/api/v1/videos")
    videos = _Videos(settings, queue, store, hints)
    blueprint.add_url_rule("", view_func=videos.post, methods=["POST"], endpoint="post")
    blueprint.add_url_rule("", view_func=videos.list, methods=["GET"], endpoint="list")
    blueprint.add_url_rule("/<job_id>", view_func=videos.get, methods=["GET"], endpoint="get")
    blueprint.add_url_rule("/<job_id>", view_func=videos.delete, methods=["DELETE"], endpoint="delete")
    blueprint.add_url_rule("/<job_id>/result", view_func=videos.result, methods=["GET"], endpoint="result")
    blueprint.add_url_rule("/<job_id>/detections", view_func=videos.detections, methods=["GET"], endpoint="detections")
    blueprint.add_url_rule("/<job_id>/preview", view_func=videos.preview, methods=["GET"], endpoint="preview")
    return blueprint


class _Videos:
    def __init__(self, settings: Settings, queue: JobQueue, store: BlobStore, hints: Hints) -> None:
        self._settings = settings
        self._queue = queue
        self._store = store
        self._hints = hints
        self._jobs = OwnedJobs(queue, store)
        self._admission = Admission(settings, queue, store)

    def post(self) -> ResponseReturnValue:
        """Receive a video and queue it."""
        max_bytes = self._settings.video_max_bytes
        length_bytes = announced_bytes(max_bytes)
        unheld, token = self._jobs.new(length_bytes, self._admission.expires_s())
        uploading = replace(unheld, worker=secrets.token_hex(8))
        with self._admission.upload(uploading), self._jobs.removed_on_error(uploading.id):
            upload_ref = ""

            def commit(part: str, size_bytes: int) -> None:
                nonlocal upload_ref
                upload_ref = with_part(upload_ref, part)

            arrival = VideoArrival(PartWriter(self._store, uploading.id, commit), max_bytes)
            name = display_name(receive(arrival, max_bytes))
            job = self._admission.enqueue(
                replace(uploading, name=name, size_bytes=arrival.size_bytes, upload_ref=upload_ref)
            )
        self._hints.send(job.id)
        return job_json(job) | {"token": token}, 202, {"Location": url_for("videos.get", job_id=job.id)}

    def list(self) -> ResponseReturnValue:
        """Return the visitor's own videos, newest first."""
        jobs = [job for job in self._queue.of_visitor(visitor_id()) if is_visible(job)]
        return {"videos": [job_json(job) for job in jobs]}, 200, NOT_STORED

    def get(self, job_id: str) -> ResponseReturnValue:
        """Return one video's state."""
        return job_json(self._jobs.own(job_id)), 200, NOT_STORED

    def delete(self, job_id: str) -> ResponseReturnValue:
        """Cancel a video that waits or runs (200, the job); remove an upload, or one that has ended (204)."""
        job = self._jobs.own(job_id)
        cancelled = job.state not in FINAL and self._queue.cancel(job_id)
        if not cancelled and not self._queue.remove(job_id):
            cancelled = self._queue.cancel(job_id)  # an upload whose last byte came in between
        self._jobs.delete_files(job_id)
        return job_json(self._jobs.own(job_id)) if cancelled else ("", 204)

    def result(self, job_id: str) -> ResponseReturnValue:
        """Return the annotated video, byte ranges included."""
        job = self._finished(job_id)
        download = request.args.get("download") == "1"
        return self._send(job, RESULT, "video/mp4", download_name(job.name) if download else None)

    def detections(self, job_id: str) -> ResponseReturnValue:
        """Return the detections, one JSON object per frame and line."""
        return self._send(self._finished(job_id), DETECTIONS, "application/x-ndjson", None)

    def preview(self, job_id: str) -> ResponseReturnValue:
        """Return a small JPEG of the newest annotated frame."""
        job = self._jobs.own(job_id)
        for key in _keys(job, PREVIEW):
            try:
                picture = b"".join(self._store.read(key))
            except FileNotFoundError:
                continue
            return Response(picture, mimetype="image/jpeg", headers=NOT_STORED)
        raise NotFound("There is no preview of this video yet.")

    def _finished(self, job_id: str) -> Job:
        job = self._jobs.own(job_id)
        if job.state is not State.SUCCEEDED:
            raise Conflict(f"This video is {job.state}; there is no result.")
        return job

    def _send(self, job: Job, name: str, mimetype: str, download: str | None) -> Response:
        return blob_response(self._store, _keys(job, name), mimetype, download)


def _keys(job: Job, name: str) -> list[str]:
    # The second is where an earlier version has put it; nothing is stored there any more.
    return [run_key(job.id, job.attempts, name), f"{job.id}/{name}"]
