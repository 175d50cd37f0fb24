"""A job as visitors see it, and who its owner is."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import url_for

from webapp.security import bearer_token, visitor_id
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.states import State


def job_json(job: Job) -> dict[str, Any]:
    """Return the JSON of a job; its schema is `Job` in the OpenAPI document."""
    done = job.state is State.SUCCEEDED
    uploading = job.state is State.UPLOADING
    error = None if job.error_code is None else {"code": job.error_code, "message": job.error_message}
    progress = job.received_bytes / max(1, job.size_bytes) if uploading else job.progress
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state.value,
        "progress": round(progress, 4),
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
            "upload": url_for("uploads.head", job_id=job.id) if uploading else None,
            "preview": url_for("videos.preview", job_id=job.id),
            "result": url_for("videos.result", job_id=job.id) if done else None,
            "download": url_for("videos.result", job_id=job.id, download=1) if done else None,
            "detections": url_for("videos.detections", job_id=job.id) if done else None,
        },
    }


def is_visible(job: Job) -> bool:
    """Return whether a job is shown: an upload in one request is not, before it is whole."""
    return job.state is not State.UPLOADING or bool(job.upload_ref)


def is_owner(job: Job) -> bool:
    """Return whether the sender of this request owns a job: by its token, else by the session cookie."""
    token = bearer_token()
    if token is not None:
        return hmac.compare_digest(token_digest(token), job.token_sha256)
    return hmac.compare_digest(visitor_id().encode(), job.visitor_id.encode())


def token_digest(token: str) -> str:
    """Return the digest of a token, which is all that is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()
