"""Videos over HTTP: upload, progress, result, cancel. The contract is in `/api/v1/openapi.json`."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Any

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.errors import Conflict, NotFound
from webapp.security import visitor_id
from webapp.videos.admission import Admission
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.names import display_name, download_name
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.states import FINAL, State
from webapp.videos.jobs.storage import DETECTIONS, PREVIEW, RESULT, UPLOAD, JobStorage
from webapp.videos.upload import announced_bytes, receive


def create_videos_api(settings: Settings, queue: JobQueue) -> Blueprint:
    """Return the routes under `/api/v1/videos`.

    Args:
        settings: limits of uploads, and the data folder.
        queue: of the jobs.
    """
    blueprint = Blueprint("videos", __name__, url_prefix="/api/v1/videos")
    videos = _Videos(settings, queue)
    blueprint.add_url_rule("", view_func=videos.post, methods=["POST"], endpoint="post")
    blueprint.add_url_rule("", view_func=videos.list, methods=["GET"], endpoint="list")
    blueprint.add_url_rule("/<job_id>", view_func=videos.get, methods=["GET"], endpoint="get")
    blueprint.add_url_rule("/<job_id>", view_func=videos.delete, methods=["DELETE"], endpoint="delete")
    blueprint.add_url_rule("/<job_id>/result", view_func=videos.result, methods=["GET"], endpoint="result")
    blueprint.add_url_rule("/<job_id>/detections", view_func=videos.detections, methods=["GET"], endpoint="detections")
    blueprint.add_url_rule("/<job_id>/preview", view_func=videos.preview, methods=["GET"], endpoint="preview")
    return blueprint


class _Videos:
    def __init__(self, settings: Settings, queue: JobQueue) -> None:
        self._settings = settings
        self._queue = queue
        self._storage = JobStorage(settings.data_folder.resolve())
        self._admission = Admission(settings, queue)

    def post(self) -> ResponseReturnValue:
        """Receive a video and queue it."""
        visitor = visitor_id()
        length_bytes = announced_bytes(self._settings.video_max_bytes)
        with self._admission.upload(visitor, length_bytes):
            job_id, token = self._storage.create(), secrets.token_urlsafe(32)
            try:
                job = self._receive(job_id, visitor, token)
                self._admission.enqueue(job)
            except BaseException:
                self._storage.remove(job_id)
                raise
        return _job_json(job) | {"token": token}, 202, {"Location": url_for("videos.get", job_id=job_id)}

    def list(self) -> ResponseReturnValue:
        """Return the visitor's own videos, newest first."""
        now = time.time()
        jobs = [job for job in self._queue.of_visitor(visitor_id()) if not _expired(job, now)]
        return {"videos": [_job_json(job) for job in jobs]}, 200, _NOT_STORED

    def get(self, job_id: str) -> ResponseReturnValue:
        """Return one video's state."""
        return _job_json(self._own(job_id)), 200, _NOT_STORED

    def delete(self, job_id: str) -> ResponseReturnValue:
        """Cancel a video that waits or runs (200, the job); remove one that has ended (204)."""
        job = self._own(job_id)
        if job.state not in FINAL and self._queue.cancel(job_id):
            self._storage.remove(job_id)
            return _job_json(self._own(job_id))
        self._queue.remove(job_id)
        self._storage.remove(job_id)
        return "", 204

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
        job = self._own(job_id)
        folders = [self._storage.run_folder(job.id, job.attempts), self._storage.folder(job.id)]
        for folder in folders:
            try:
                return Response((folder / PREVIEW).read_bytes(), mimetype="image/jpeg", headers=_NOT_STORED)
            except FileNotFoundError:
                continue
        raise NotFound("There is no preview of this video yet.")

    def _receive(self, job_id: str, visitor: str, token: str) -> Job:
        upload = receive(self._storage.folder(job_id) / UPLOAD, self._settings.video_max_bytes)
        now = time.time()
        return Job(
            id=job_id,
            visitor_id=visitor,
            token_sha256=_digest(token),
            name=display_name(upload.name),
            size_bytes=upload.size_bytes,
            created_s=now,
            expires_s=now + self._settings.expire_s,
        )

    def _own(self, job_id: str) -> Job:
        job = self._queue.get(job_id)
        if job is None or _expired(job, time.time()) or not _is_owner(job):
            raise NotFound("There is no such video, it is not yours, or it has expired.")
        return job

    def _finished(self, job_id: str) -> Job:
        job = self._own(job_id)
        if job.state is not State.SUCCEEDED:
            raise Conflict(f"This video is {job.state}; there is no result.")
        return job

    def _send(self, job: Job, name: str, mimetype: str, download: str | None) -> Response:
        try:
            response = send_file(
                self._storage.folder(job.id) / name,
                mimetype,
                as_attachment=download is not None,
                download_name=download,
                conditional=True,
            )
        except FileNotFoundError as error:
            raise NotFound("This video has been deleted.") from error
        response.headers["Cache-Control"] = "private, no-cache"
        return response


_NOT_STORED = {"Cache-Control": "no-store"}


def _job_json(job: Job) -> dict[str, Any]:
    done = job.state is State.SUCCEEDED
    error = None if job.error_code is None else {"code": job.error_code, "message": job.error_message}
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state.value,
        "progress": round(job.progress, 4),
        "fps": round(job.fps, 2),
        "eta_s": None if job.eta_s is None else round(job.eta_s, 1),
        "frames_done": job.frames_done,
        "skipped_frames": job.skipped_frames,
        "width": job.width,
        "height": job.height,
        "error": error,
        "created_s": round(job.created_s, 3),
        "expires_s": round(job.expires_s, 3),
        "size_bytes": job.size_bytes,
        "links": {
            "self": url_for("videos.get", job_id=job.id),
            "preview": url_for("videos.preview", job_id=job.id),
            "result": url_for("videos.result", job_id=job.id) if done else None,
            "download": url_for("videos.result", job_id=job.id, download=1) if done else None,
            "detections": url_for("videos.detections", job_id=job.id) if done else None,
        },
    }


def _is_owner(job: Job) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return hmac.compare_digest(_digest(token.strip()), job.token_sha256)
    return hmac.compare_digest(visitor_id().encode(), job.visitor_id.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _expired(job: Job, now: float) -> bool:
    # A video that still waits when its time is up is failed by the worker first, so that its owner learns why.
    return job.expires_s < now and job.state in FINAL
