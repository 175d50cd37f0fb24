"""Trainings over HTTP: send a collection, see how far it is, fetch, use or delete; see `/api/v1/openapi.json`."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, replace

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue

from webapp.errors import BadRequest, Busy, NotFound, StorageFull, TooLarge, TooManyRequests
from webapp.security import client_of_request, visitor_id
from webapp.studio.access import require_access, unlock
from webapp.studio.arrival import announced_bytes, receive
from webapp.studio.engine import Trainings
from webapp.studio.folders import DOWNLOADS, OPTIONS, UPLOAD, TrainingFiles
from webapp.studio.options import TrainingOptions, parse_options
from webapp.studio.own_model import OwnModels
from webapp.studio.training_json import training_json
from webapp.videos.jobs.blobs.store import new_job_id, part_key, with_part
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.names import display_name
from webapp.videos.jobs.states import FINAL, State
from webapp.videos.jobs_json import is_owner, token_digest

NOT_STORED = {"Cache-Control": "no-store"}

_WAIT_S = 60
_TOKEN_BYTES_MAX = 1_000


def create_studio_api(trainings: Trainings, models: OwnModels) -> Blueprint:
    """Return the routes `/api/v1/trainings…` and `/api/v1/training-access`.

    Args:
        trainings: where they are kept.
        models: those that visitors use.
    """
    blueprint = Blueprint("studio", __name__, url_prefix="/api/v1")
    api = _Api(trainings, models)

    @blueprint.before_request
    def only_whom_it_is_offered() -> None:
        if request.endpoint not in ("studio.unlock", "studio.give_back"):
            require_access(trainings.settings)

    add = blueprint.add_url_rule
    add("/trainings", view_func=api.post, methods=["POST"], endpoint="post")
    add("/trainings", view_func=api.list, methods=["GET"], endpoint="list")
    add("/training-access", view_func=api.unlock, methods=["POST"], endpoint="unlock")
    add("/trainings/in-use", view_func=api.in_use, methods=["GET"], endpoint="in_use")
    add("/trainings/in-use", view_func=api.give_back, methods=["DELETE"], endpoint="give_back")
    add("/trainings/<job_id>", view_func=api.get, methods=["GET"], endpoint="get")
    add("/trainings/<job_id>", view_func=api.delete, methods=["DELETE"], endpoint="delete")
    add("/trainings/<job_id>/use", view_func=api.use, methods=["POST"], endpoint="use")
    add("/trainings/<job_id>/files/<name>", view_func=api.download, methods=["GET"], endpoint="download")
    add("/trainings/<job_id>/pictures/<name>", view_func=api.picture, methods=["GET"], endpoint="picture")
    return blueprint


class _Api:
    def __init__(self, trainings: Trainings, models: OwnModels) -> None:
        self._settings, self._queue, self._store = trainings.settings, trainings.queue, trainings.store
        self._models = models

    def post(self) -> ResponseReturnValue:
        """Receive a collection and queue its training."""
        options, length_bytes = parse_options(request.args), announced_bytes(self._settings)
        self._check_disk(length_bytes)
        token = secrets.token_urlsafe(32)
        job = self._new_job(length_bytes, token)
        if not self._queue.add(job):
            raise self._refusal(job)
        try:
            queued = self._enqueue(job, options)
        except BaseException:
            self._queue.remove(job.id)
            self._store.remove(job.id)
            raise
        return self._json(queued) | {"token": token}, 202, {"Location": url_for("studio.get", job_id=job.id)}

    def list(self) -> ResponseReturnValue:
        """Return the visitor's own trainings, newest first."""
        jobs = [job for job in self._queue.of_visitor(visitor_id()) if job.state is not State.UPLOADING]
        return {"trainings": [self._json(job) for job in jobs]}, 200, NOT_STORED

    def get(self, job_id: str) -> ResponseReturnValue:
        """Return one training: its state, its progress, in the end its report."""
        return self._json(self._own(job_id)), 200, NOT_STORED

    def delete(self, job_id: str) -> ResponseReturnValue:
        """Cancel a training that waits or runs (200, the job); remove one that has ended (204)."""
        job = self._own(job_id)
        if job.state not in FINAL and self._queue.cancel(job_id):
            self._store.remove(job_id)
            return self._json(self._own(job_id))
        self._queue.remove(job_id)
        self._store.remove(job_id)
        return "", 204

    def use(self, job_id: str) -> ResponseReturnValue:
        """Put the model into the mirror of this visitor."""
        job = self._own(job_id)
        self._models.use(job)
        return self._json(job), 200, NOT_STORED

    def in_use(self) -> ResponseReturnValue:
        """Return the training whose model this visitor uses."""
        job = self._models.in_use()
        if job is None:
            raise NotFound("No model of your own is in use.")
        return self._json(job), 200, NOT_STORED

    def give_back(self) -> ResponseReturnValue:
        """Take the visitor's model out of the mirror."""
        self._models.give_back()
        return "", 204

    def unlock(self) -> ResponseReturnValue:
        """Accept the token of this server, for this visitor."""
        if (request.content_length or 0) > _TOKEN_BYTES_MAX:
            raise TooLarge("A token is shorter.")
        body = request.get_json(silent=True)
        token = body.get("token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise BadRequest('Send the token as JSON, like {"token": "…"}.')
        unlock(self._settings, token)
        return "", 204

    def download(self, job_id: str, name: str) -> ResponseReturnValue:
        """Return a file to keep: the model, its card, its Keras file or its report."""
        path = TrainingFiles(self._store, self._own(job_id)).download(name)
        if path is None:
            raise NotFound("There is no such file of this training, or not yet.")
        response = send_file(path, DOWNLOADS[name], as_attachment=True, download_name=name, conditional=True)
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    def picture(self, job_id: str, name: str) -> ResponseReturnValue:
        """Return a picture: a contact sheet, or a test picture with its prediction."""
        path = TrainingFiles(self._store, self._own(job_id)).picture(name)
        if path is None:
            raise NotFound("There is no such picture of this training.")
        return Response(path.read_bytes(), mimetype="image/jpeg", headers=NOT_STORED)

    def _enqueue(self, job: Job, options: TrainingOptions) -> Job:
        draft = self._store.draft(job.id)
        size_bytes = receive(draft, self._settings)
        self._store.put(part_key(job.id, UPLOAD), draft)
        (self._store.folder(job.id) / OPTIONS).write_text(json.dumps(asdict(options)), encoding="utf-8")
        stored = self._queue.enqueue(job.id, job.worker or "", job.name, size_bytes, with_part("", UPLOAD))
        queued = self._queue.get(job.id)
        if not stored or queued is None:
            raise Busy("The upload was interrupted. Please try again.")
        return queued

    def _new_job(self, length_bytes: int, token: str) -> Job:
        client = client_of_request()._replace(visitor=visitor_id())
        now_s = self._queue.now_s()
        job = Job(
            id=new_job_id(),
            visitor_id=client.visitor,
            token_sha256=token_digest(token),
            name=display_name(request.args.get("name") or "collection.zip"),
            size_bytes=length_bytes,
            created_s=now_s,
            expires_s=now_s + self._settings.upload_deadline_s,
            state=State.UPLOADING,
            address_digest=client.address,
        )
        # Held by this request for as long as a body may take.
        return replace(job, worker=secrets.token_hex(8), lease_until_s=job.expires_s)

    def _check_disk(self, length_bytes: int) -> None:
        needed_bytes = 3 * length_bytes + self._settings.studio_disk_bytes + self._settings.disk_reserve_bytes
        if (self._store.free_bytes() or 0) < needed_bytes:
            raise StorageFull("There is not enough disk space for a training now. Try again later.")

    def _refusal(self, job: Job) -> Exception:
        if self._queue.waiting(job.visitor_id) >= self._settings.studio_jobs_per_visitor:
            return TooManyRequests("You have enough trainings waiting. Wait for one to end, or cancel one.", _WAIT_S)
        return Busy("Too many trainings are waiting here right now. Please try again later.", _WAIT_S)

    def _own(self, job_id: str) -> Job:
        job = self._queue.get(job_id)
        if job is None or job.state is State.UPLOADING or not is_owner(job):
            raise NotFound("There is no such training, it is not yours, or it has expired.")
        return job

    def _json(self, job: Job) -> dict[str, object]:
        used = self._models.in_use()
        return training_json(job, TrainingFiles(self._store, job), used is not None and used.id == job.id)
