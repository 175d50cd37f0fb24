"""A training as a job: killed, it goes on from its last epoch; its model works in the mirror of its visitor alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tests.webapp.studio.drawn_collections import drawn_files, zipped
from webapp.app import create_app
from webapp.config import Settings
from webapp.openapi import openapi_document
from webapp.processes.helpers import worker_environ
from webapp.studio.attempt import TrainingAttempt
from webapp.studio.engine import open_trainings
from webapp.studio.folders import TRAINING
from webapp.videos.jobs.runner import End
from webapp.vision.model_files import load_model

URL = "/api/v1/trainings"
OWN = {"Origin": "http://localhost"}
PATIENCE_S = 400.0
TINY = "task=classifier&backbone=scratch&size_px=32&copies=2"
EPOCHS = 14
"""So many that a worker is killed long before the last one."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_folder=tmp_path / "data",
        async_mode="threading",
        inference_threads=1,
        studio=True,
        lease_s=2.0,
        photo_tta="single",
        studio_weights="none",
    )


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "webapp.studio.worker_process"]
    process = subprocess.Popen(command, env=os.environ | worker_environ(settings))
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait_for(client: FlaskClient, place: str, done: Any) -> dict[str, Any]:
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        training: dict[str, Any] = client.get(place).json or {}
        assert training["state"] not in ("failed", "cancelled"), training["error"]
        if done(training):
            return training
        time.sleep(0.2)
    raise AssertionError(f"not within {PATIENCE_S:.0f} s: {training}")


def test_killed_it_goes_on_and_its_model_is_used_by_its_visitor(settings: Settings) -> None:
    files = drawn_files(each=5)
    app = create_app(settings)
    anna, ben = app.test_client(), app.test_client()
    posted = anna.post(f"{URL}?{TINY}&epochs={EPOCHS}", data=zipped(files), headers=OWN, content_type="application/zip")
    place = posted.headers["Location"]

    with worker(settings) as first:
        wait_for(anna, place, lambda training: training["history"] and training["sheet"])
        first.send_signal(signal.SIGKILL)
    killed_at = anna.get(place).json or {}
    assert (killed_at["state"], len(killed_at["history"]) < EPOCHS) == ("running", True)
    assert killed_at["sheet"]["epoch"] >= 1
    with worker(settings):
        training = wait_for(anna, place, lambda training: training["state"] == "succeeded")

    # Epochs of before are there, once; the log of the run says that it went on.
    assert [row["epoch"] for row in training["history"]] == list(range(1, EPOCHS + 1))
    assert training["history"][0] == killed_at["history"][0]
    schemas = openapi_document(settings)["components"]
    Draft202012Validator({"$ref": "#/components/schemas/Training", "components": schemas}).validate(training)
    table = training["report"]["table"]
    assert sum(len(cell) for row in table["cells"] for cell in row) == table["faces"] == 15
    assert training["collection"]["faces"] == {"with_mask": 10, "without_mask": 10, "mask_worn_incorrectly": 10}
    for name in (training["sheet"]["url"], training["links"]["pictures"].replace("NAME", "picture-0015.jpg")):
        picture = anna.get(name)
        assert picture.mimetype == "image/jpeg"
        assert cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR) is not None

    downloads = training["links"]["downloads"]
    kept = settings.data_folder / "kept"
    kept.mkdir()
    for name, address in downloads.items():
        response = anna.get(address)
        assert "attachment" in response.headers["Content-Disposition"]
        (kept / name).write_bytes(response.data)
    assert (
        load_model(kept / "model.tflite", "mask_classifier").card["classes"]
        == json.loads((kept / "model.json").read_text())["classes"]
    )

    _the_mirror_uses_it(anna, ben, place, files)
    assert anna.delete(place, headers=OWN).status_code == 204
    assert anna.get(place).status_code == 404
    assert list((settings.data_folder / "trainings" / "jobs").iterdir()) == []
    # What is deleted is used no longer.
    assert _classifier(anna, files) == "multiface+mask_classifier" or "model" not in _classifier(anna, files).split("+")


def _the_mirror_uses_it(anna: FlaskClient, ben: FlaskClient, place: str, files: dict[str, bytes]) -> None:
    shipped = _classifier(anna, files)
    used = anna.post(f"{place}/use", headers=OWN).json or {}
    assert used["in_use"]
    assert (anna.get(f"{URL}/in-use").json or {})["id"] == used["id"]
    assert _classifier(anna, files) == "model"
    assert _classifier(anna, files, "shipped") == shipped == _classifier(ben, files)
    assert _classifier(anna, files, used["id"]) == "model"
    assert ben.post(f"/api/v1/detect?model={used['id']}", data=b"x", content_type="image/jpeg").status_code == 404
    assert anna.delete(f"{URL}/in-use", headers=OWN).status_code == 204
    assert _classifier(anna, files) == shipped
    anna.post(f"{place}/use", headers=OWN)


def _classifier(client: FlaskClient, files: dict[str, bytes], model: str | None = None) -> str:
    data = next(content for name, content in files.items() if name.endswith(".jpg"))
    address = "/api/v1/detect" + (f"?model={model}" if model else "")
    response = client.post(address, data=data, headers=OWN, content_type="image/jpeg")
    assert response.status_code == 200, response.text
    name: str = (response.json or {})["model"]["classifier"]
    return name


def test_an_attempt_that_ended_late_costs_no_training(settings: Settings) -> None:
    app = create_app(settings)
    posted = app.test_client().post(
        f"{URL}?{TINY}&epochs=1", data=zipped(drawn_files(each=5)), headers=OWN, content_type="application/zip"
    )
    assert posted.status_code == 202
    trainings = open_trainings(settings)
    store, job = trainings.store, trainings.queue.claim("worker")
    assert job is not None

    def published(attempts: int) -> set[str]:
        work = TrainingAttempt(replace(job, attempts=attempts), store, settings, lambda progress: True)
        assert work.run().end is End.DONE
        return {path.name for path in (store.folder(job.id) / f"run-{attempts}").iterdir()}

    first = published(1)
    assert {"model.tflite", "model.json", "report.json", "report.html"} <= first
    # The worker died before it could say so: the results have been moved already.
    assert published(2) == first
    # It died while they were copied.
    results = store.folder(job.id) / TRAINING / "results"
    results.mkdir()
    (results / "report.json").write_text("{}")
    assert published(3) == first
