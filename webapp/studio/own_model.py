"""A visitor's own model in the mirror: which one, and what the live page and photos then run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import session

from webapp.config import Settings
from webapp.errors import Conflict, NotFound
from webapp.photos.dispatcher import PhotoDispatcher
from webapp.pipelines import build_stream_pipeline
from webapp.security import visitor_id
from webapp.studio.engine import Trainings
from webapp.studio.folders import TrainingFiles
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.states import State
from webapp.vision.pipeline import Pipeline

SHIPPED = "shipped"

_SESSION_KEY = "own_model"
_HELPERS_KEPT = 2
"""Processes for photos that are kept; each has the networks of one model in memory."""


class OwnModels:
    """The models that visitors have trained and use.

    Args:
        trainings: where they are.
        shipped: decodes and detects in photos with the models of the settings.
    """

    def __init__(self, trainings: Trainings, shipped: PhotoDispatcher) -> None:
        self._trainings = trainings
        self._shipped = shipped
        self._photos: OrderedDict[str, PhotoDispatcher] = OrderedDict()

    def use(self, job: Job) -> None:
        """Let the mirror of this visitor run the model of a training of theirs, from the next connection on.

        Raises:
            Conflict: the training is not done.
        """
        self._model_file(job)
        session[_SESSION_KEY] = job.id
        session.permanent = True

    def give_back(self) -> None:
        """Let the mirror of this visitor run the shipped models again."""
        session.pop(_SESSION_KEY, None)

    def in_use(self) -> Job | None:
        """Return the training whose model this visitor uses; None also where it has expired."""
        job_id = session.get(_SESSION_KEY)
        job = self._trainings.queue.get(str(job_id)) if job_id else None
        # The cookie is signed; the row says whose it is all the same.
        if job is None or job.state is not State.SUCCEEDED or job.visitor_id != visitor_id():
            return None
        return job

    def stream_pipeline(self) -> Callable[[], Pipeline] | None:
        """Return what builds the pipeline of this visitor's live frames, None for the shipped one."""
        job = self.in_use()
        if job is None:
            return None
        settings = self._settings(job)
        return lambda: build_stream_pipeline(settings)

    def photos(self, name: str | None) -> PhotoDispatcher:
        """Return what detects in a photo of this visitor.

        Args:
            name: `shipped`, or the id of a training of theirs; None for what they use.

        Raises:
            NotFound: there is no such training, or it is somebody else's.
            Conflict: the training is not done.
        """
        if name == SHIPPED:
            return self._shipped
        job = self.in_use() if name is None else self._trainings.queue.get(name)
        if name is None and job is None:
            return self._shipped
        if job is None or job.visitor_id != visitor_id():
            raise NotFound("There is no such model, it is not yours, or it has expired.")
        settings = self._settings(job)
        if job.id in self._photos:
            self._photos.move_to_end(job.id)
        else:
            self._photos[job.id] = PhotoDispatcher(settings)
        while len(self._photos) > _HELPERS_KEPT:
            self._photos.popitem(last=False)  # its process ends by itself, when it has been idle
        return self._photos[job.id]

    def _settings(self, job: Job) -> Settings:
        """Return the app's settings with the visitor's model in the place of a shipped one."""
        settings, path = self._trainings.settings, self._model_file(job)
        if TrainingFiles(self._trainings.store, job).options()["task"] == "localizer":
            return replace(settings, detector="localizer", model=str(path), score_threshold=0.0)
        # Their classifier alone labels, so that before and after differ by it and nothing else.
        return replace(settings, classifier=path, stream_labels="classifier", photo_labels="classifier")

    def _model_file(self, job: Job) -> Path:
        path = TrainingFiles(self._trainings.store, job).download("model.tflite")
        if path is None:
            raise Conflict("This training is not done, so there is no model to use yet.")
        return path
