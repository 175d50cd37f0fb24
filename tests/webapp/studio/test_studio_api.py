"""Collections that cannot be used, each with its sentence; whose trainings are whose; who may train at all."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from tests.webapp.studio.drawn_collections import drawn_files, picture, zipped
from webapp.app import create_app
from webapp.config import BadDeployment, Settings
from webapp.openapi import openapi_document
from webapp.processes.helpers import process_environ
from webapp.studio.attempt import SILENCE_S
from webapp.studio.engine import open_trainings, training_worker
from webapp.videos.jobs.runner import End, run_child

URL = "/api/v1/trainings"
OWN = {"Origin": "http://localhost"}
TOKEN = "a token of many letters"
GREY = np.full((120, 160, 3), 128, np.uint8)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_folder=tmp_path / "data",
        async_mode="threading",
        inference_threads=1,
        studio=True,
        studio_max_bytes=3_000_000,
        studio_unpacked_bytes=6_000_000,
        studio_files_max=300,
        studio_disk_bytes=100_000_000,
    )


@pytest.fixture
def anna(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()


def post(client: FlaskClient, data: bytes, query: str = "task=localizer", **headers: str) -> TestResponse:
    return client.post(f"{URL}?{query}", data=data, headers=OWN | headers, content_type="application/zip")


def checked(training: dict[str, Any]) -> dict[str, Any]:
    schemas = openapi_document(Settings())["components"]
    Draft202012Validator({"$ref": "#/components/schemas/Training", "components": schemas}).validate(training)
    return training


def failed(client: FlaskClient, settings: Settings, data: bytes, task: str = "localizer") -> dict[str, Any]:
    """Post a collection whose training ends before anything is trained."""
    posted = post(client, data, f"task={task}")
    assert posted.status_code == 202
    assert training_worker(settings).run_one()
    training = checked(client.get(posted.headers["Location"]).json or {})
    assert training["state"] == "failed"
    assert [path.name for path in (settings.data_folder / "trainings" / "jobs" / training["id"]).iterdir()] == []
    return training


def without(files: dict[str, bytes], word: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if word not in name}


BAD: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("bomb", lambda: zipped({"a.jpg": b"0" * 4_000_000}), "localizer", "unpacks to over 200 times its size"),
    ("large", lambda: zipped({f"{i}.jpg": b"0" * 900_000 for i in range(7)}), "localizer", "unpacks to more than 6 MB"),
    ("many", lambda: zipped({f"{i}.jpg": b"" for i in range(301)}), "localizer", "has 301 files. The limit is 300."),
    ("outside", lambda: zipped({"../../a.jpg": b"x"}), "localizer", "names a file outside of its folder"),
    ("drive", lambda: zipped({"C:\\a.jpg": b"x"}), "localizer", "names a file outside of its folder"),
    ("cut", lambda: zipped(drawn_files(1))[:4000], "localizer", "not a ZIP, or it is damaged"),
    ("empty", lambda: zipped({"README.md": b"x"}), "localizer", "There is no picture in this ZIP"),
    ("coco", lambda: zipped({"a.jpg": b"x", "annotations.json": b"{}"}), "localizer", "have the format COCO"),
    ("yolo", lambda: zipped({"a.jpg": b"x", "a.txt": b""}), "localizer", "have the format YOLO"),
    ("voc", lambda: zipped({"a.jpg": b"x", "a.xml": b""}), "localizer", "have the format Pascal VOC"),
    ("unlabelled", lambda: zipped({"a.jpg": b"x"}), "localizer", "No picture of this ZIP has a labelme file"),
    ("no face", lambda: zipped(picture("a", GREY, [])), "localizer", "No picture of this collection shows a marked"),
    ("few", lambda: zipped(drawn_files(1, 1)), "localizer", "has 3 faces. At least 6 are needed"),
    (
        "no state",
        lambda: zipped(without(drawn_files(3), "without_mask")),
        "classifier",
        "There is no picture without a mask. Collect some",
    ),
]


@pytest.mark.parametrize(("data", "task", "sentence"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_collection_that_cannot_be_used_gets_a_sentence(
    anna: FlaskClient, settings: Settings, data: Callable[[], bytes], task: str, sentence: str
) -> None:
    error = failed(anna, settings, data(), task)["error"]
    assert sentence in error["message"]
    assert error["message"].endswith(".")
    assert str(settings.data_folder) not in json.dumps(error)
    assert not (settings.data_folder.parent / "a.jpg").exists()


def test_what_is_left_out_is_named_and_the_rest_is_used(settings: Settings, tmp_path: Path) -> None:
    # The child that unpacks, as the job runs it: what it leaves is what the stages read.
    good = drawn_files(2, 1)
    box = [20.0, 20.0, 60.0, 70.0]
    files = good | picture("sitting-2/no-size", GREY, [("with_mask", [30, 30, 30, 90])])
    files |= picture("sitting-2/other-name", GREY, [("kitten", box)])
    files |= picture("sitting-2/nobody", GREY, [])
    files |= picture("sitting-2/outside", GREY, [("With Mask", [-50, 20, 60, 70])])
    files |= {"sitting-2/broken.jpg": b"no picture", "sitting-2/broken.json": files["sitting-2/nobody.json"]}
    files |= {"sitting-2/dialect.jpg": files["sitting-2/nobody.jpg"], "sitting-2/dialect.json": b'{"annotations": []}'}
    files |= {"sitting-2/alone.jpg": files["sitting-2/nobody.jpg"], "__MACOSX/._alone.jpg": b"x"}
    path, folder = tmp_path / "in.zip", tmp_path / "training"
    path.write_bytes(zipped(files))
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "webapp.studio.unpack_child",
        str(path),
        str(folder),
        "localizer",
        str(os.getpid()),
    ]
    outcome = run_child(command, process_environ(settings), lambda progress: True, 60, SILENCE_S)
    assert outcome.end is End.DONE

    summary = json.loads((folder / "collection.json").read_text())
    assert summary == {
        "pictures": 8,
        "sittings": 2,
        "faces": {"with_mask": 3, "without_mask": 2, "mask_worn_incorrectly": 2},
    }
    remarks = [json.loads(line)["remark"] for line in (folder / "progress.jsonl").read_text().splitlines()[1:]]
    for name, words in (
        ("no-size", "a box has no size"),
        ("other-name", "a box is named “kitten”"),
        ("nobody", "is an example of none"),
        ("broken", "left out"),
        ("dialect", "has COCO labels, not labelme's"),
        ("alone", "no label file lies beside"),
    ):
        assert any(f"{name}.jpg" in remark and words in remark for remark in remarks), (name, remarks)
    written = sorted((folder / "pictures" / "sitting-2").glob("*.json"))
    corners = [shape["points"] for file in written for shape in json.loads(file.read_text())["shapes"]]
    assert corners == [[[0.0, 20.0], [60.0, 70.0]]]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "`task` must be"),
        ("task=judge", "`task` must be"),
        ("task=localizer&backbone=scratch", "`backbone` of a localizer"),
        ("task=classifier&epochs=0", "`epochs` must be a whole number from 1 to 60"),
        ("task=classifier&epochs=9999999999999", "`epochs`"),
        ("task=classifier&size_px=3.5", "`size_px`"),
        ("task=classifier&copies=-1", "`copies`"),
    ],
)
def test_options_are_checked(anna: FlaskClient, query: str, words: str) -> None:
    refused = post(anna, zipped(drawn_files(1)), query)
    assert refused.status_code == 400
    assert words in (refused.json or {})["error"]["message"]


def test_what_is_no_zip_or_too_large_is_refused_at_once_and_leaves_nothing(
    anna: FlaskClient, settings: Settings
) -> None:
    assert post(anna, b"").status_code == 413  # a body without a length
    assert post(anna, b"%PDF-1.7").status_code == 400
    assert post(anna, b"PK\x03\x04" + b"0" * 3_000_000).status_code == 413
    assert anna.post(f"{URL}?task=localizer", data=b"x", headers=OWN, content_type="text/plain").status_code == 415
    assert (anna.get(URL).json or {})["trainings"] == []
    jobs = settings.data_folder / "trainings" / "jobs"
    assert not jobs.exists() or list(jobs.iterdir()) == []


def test_a_visitor_may_have_so_many_trainings_and_can_cancel_them(anna: FlaskClient, settings: Settings) -> None:
    data = zipped(drawn_files(1))
    first, second = post(anna, data), post(anna, data)
    assert (first.status_code, second.status_code) == (202, 202)
    third = post(anna, data)
    assert third.status_code == 429
    assert "enough trainings" in (third.json or {})["error"]["message"]

    cancelled = anna.delete(first.headers["Location"], headers=OWN)
    assert checked(cancelled.json or {})["state"] == "cancelled"
    assert not (settings.data_folder / "trainings" / "jobs" / (first.json or {})["id"]).exists()
    assert anna.delete(first.headers["Location"], headers=OWN).status_code == 204
    assert anna.get(first.headers["Location"]).status_code == 404
    assert [each["id"] for each in (anna.get(URL).json or {})["trainings"]] == [(second.json or {})["id"]]


def test_a_training_is_its_visitors_alone(anna: FlaskClient) -> None:
    posted = post(anna, zipped(drawn_files(1)))
    place, token = posted.headers["Location"], (posted.json or {})["token"]
    ben = anna.application.test_client()
    for refused in (
        ben.get(place),
        ben.delete(place, headers=OWN),
        ben.post(f"{place}/use", headers=OWN),
        ben.get(f"{place}/files/model.tflite"),
        ben.get(f"{place}/pictures/sheet-001.jpg"),
    ):
        assert refused.status_code == 404
    assert (ben.get(URL).json or {})["trainings"] == []
    assert ben.get(place, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    # What is not done cannot be used, and has no files yet.
    assert anna.post(f"{place}/use", headers=OWN).status_code == 409
    assert anna.get(f"{place}/files/model.tflite").status_code == 404
    assert anna.get(f"{place}/files/..%2foptions.json").status_code == 404
    assert anna.get(f"{URL}/in-use").status_code == 404


def test_another_sites_page_can_start_no_training(anna: FlaskClient) -> None:
    foreign = anna.post(f"{URL}?task=localizer", data=b"PK\x03\x04", headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403


def test_without_the_setting_nobody_trains(app: Flask) -> None:
    client = app.test_client()
    for refused in (client.get(URL), post(client, zipped(drawn_files(1)))):
        assert refused.status_code == 403
        assert (refused.json or {})["error"]["code"] == "studio_closed"


def test_a_proxys_visitors_are_not_this_machine(anna: FlaskClient) -> None:
    assert anna.get(URL, headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 403
    assert anna.get(URL).status_code == 200


def test_the_token_opens_it_for_one_visitor(settings: Settings, tmp_path: Path) -> None:
    app = create_app(replace(settings, studio=False, studio_token=TOKEN, host="0.0.0.0"))
    anna, ben = app.test_client(), app.test_client()
    locked = anna.get(URL)
    assert (locked.status_code, (locked.json or {})["error"]["code"]) == (403, "studio_locked")
    for wrong in ("", "guess", TOKEN + "x", "ü"):
        assert anna.post("/api/v1/training-access", json={"token": wrong}, headers=OWN).status_code == 403
    assert anna.post("/api/v1/training-access", json=[TOKEN], headers=OWN).status_code == 400
    assert anna.post("/api/v1/training-access", json={"token": 1001 * "x"}, headers=OWN).status_code == 413
    assert anna.post("/api/v1/training-access", json={"token": TOKEN}, headers=OWN).status_code == 204
    assert anna.get(URL).status_code == 200
    assert ben.get(URL).status_code == 403
    # A program sends the token with each request.
    assert ben.get(URL, headers={"X-Studio-Token": TOKEN}).status_code == 200
    assert ben.get(URL, headers={"X-Studio-Token": "\xfc"}).status_code == 403


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"studio": True, "host": "0.0.0.0"}, "for this machine alone"),
        ({"studio_token": "short"}, "16 characters or more"),
    ],
)
def test_settings_that_would_open_it_to_everybody_end_the_start(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadDeployment, match=words):
        create_app(Settings(data_folder=tmp_path, async_mode="threading", inference_threads=1, **change))


def test_trainings_expire(settings: Settings) -> None:
    anna = create_app(replace(settings, studio_expire_s=0.5)).test_client()
    place = post(anna, zipped(drawn_files(1))).headers["Location"]
    assert anna.delete(place, headers=OWN).status_code == 200
    time.sleep(0.6)
    assert anna.get(place).status_code == 404
    assert len(open_trainings(replace(settings, studio_expire_s=0.5)).queue.remove_expired()) == 1
