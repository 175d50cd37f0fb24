from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from skimage.data import astronaut
from werkzeug.test import TestResponse

from tests.film_maker import make_film, read_film
from webapp.app import create_app
from webapp.config import Settings
from webapp.jobs.sqlite_queue import SqliteJobQueue
from webapp.jobs.worker import Worker

URL = "/api/v1/videos"
OWN = {"Origin": "http://localhost"}
NOBODYS = "0" * 32


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_film(tmp_path_factory.mktemp("films") / "in.mp4", 10, sound="aac").read_bytes()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_folder=tmp_path / "data",
        async_mode="threading",
        inference_threads=1,
        jobs_per_visitor=3,
        video_max_bytes=1_000_000,
    )


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings)


@pytest.fixture
def anna(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ben(app: Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, data: bytes, name: str = "in.mp4", field: str = "video") -> TestResponse:
    form = {field: (io.BytesIO(data), name)}
    return client.post(URL, data=form, headers=OWN, content_type="multipart/form-data")


def work(settings: Settings) -> None:
    """Run every job that waits, each in a real child process."""
    worker = Worker(settings, SqliteJobQueue(settings))
    while worker.run_one():
        pass


def folders(settings: Settings) -> list[Path]:
    root = settings.data_folder / "jobs"
    return list(root.iterdir()) if root.is_dir() else []


def test_from_upload_to_result(anna: FlaskClient, settings: Settings, film: bytes, tmp_path: Path) -> None:
    posted = post(anna, film, "holiday.mov")
    assert posted.status_code == 202
    job = posted.json
    assert job is not None
    assert posted.headers["Location"] == f"{URL}/{job['id']}" == job["links"]["self"]
    assert (job["state"], job["name"], job["size_bytes"]) == ("queued", "holiday.mov", len(film))
    assert job["links"]["result"] is None
    assert anna.get(job["links"]["self"] + "/result").status_code == 409

    work(settings)
    job = anna.get(posted.headers["Location"]).json
    assert job is not None
    assert (job["state"], job["progress"], job["frames_done"], job["error"]) == ("succeeded", 1.0, 10, None)
    assert job["fps"] > 0

    result = anna.get(job["links"]["result"])
    assert (result.status_code, result.mimetype) == (200, "video/mp4")
    (tmp_path / "result.mp4").write_bytes(result.data)
    assert len(read_film(tmp_path / "result.mp4")[1]) == 10

    detections = anna.get(job["links"]["detections"])
    assert detections.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in detections.text.splitlines()]
    assert [set(line) for line in lines] == [{"frame", "time_s", "faces"}] * 10
    preview = anna.get(job["links"]["preview"])
    assert (preview.mimetype, preview.headers["Cache-Control"]) == ("image/jpeg", "no-store")


def test_the_result_can_be_sought_and_saved(anna: FlaskClient, settings: Settings, film: bytes) -> None:
    location = post(anna, film, "gp\u202e4pm.mp4").headers["Location"]
    work(settings)
    whole = anna.get(location + "/result").data
    part = anna.get(location + "/result", headers={"Range": "bytes=10-29"})
    assert (part.status_code, part.data) == (206, whole[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole)}"
    assert anna.get(location + "/result", headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    saved = anna.get(location + "/result?download=1")
    assert saved.headers["Content-Disposition"] == "attachment; filename=gp4pm-masks.mp4"


def test_my_films_are_mine_newest_first(anna: FlaskClient, ben: FlaskClient, film: bytes) -> None:
    ids = [post(anna, film).json["id"] for _ in range(2)]
    listed = anna.get(URL).json
    assert listed is not None
    assert [job["id"] for job in listed["videos"]] == ids[::-1]
    assert all("token" not in job for job in listed["videos"])
    assert ben.get(URL).json == {"videos": []}


def test_the_token_opens_a_film_without_a_cookie(
    app: Flask, anna: FlaskClient, film: bytes, settings: Settings
) -> None:
    job = post(anna, film).json
    assert job is not None
    stranger = app.test_client()

    def get(token: str) -> int:
        return stranger.get(job["links"]["self"], headers={"Authorization": f"Bearer {token}"}).status_code

    assert get(job["token"]) == 200
    assert get(job["token"][:-1]) == 404
    assert get("") == 404
    assert get("é") == 404
    table = (settings.data_folder / "jobs.sqlite3").read_bytes() + (
        settings.data_folder / "jobs.sqlite3-wal"
    ).read_bytes()
    assert job["token"].encode() not in table, "only its digest is kept"
    deleted = app.test_client().delete(job["links"]["self"], headers={"Authorization": f"Bearer {job['token']}"})
    assert deleted.status_code == 200


@pytest.mark.parametrize("path", ["", "/result", "/detections", "/preview"])
@pytest.mark.parametrize("state", ["queued", "succeeded"])
def test_a_strangers_film_looks_like_none(
    anna: FlaskClient, ben: FlaskClient, settings: Settings, film: bytes, path: str, state: str
) -> None:
    location = post(anna, film).headers["Location"]
    if state == "succeeded":
        work(settings)
    for method in ("GET", "HEAD", "DELETE", "PUT", "PATCH", "POST"):
        theirs = ben.open(location + path, method=method, headers=OWN)
        unknown = ben.open(f"{URL}/{NOBODYS}{path}", method=method, headers=OWN)
        assert (theirs.status_code, theirs.data) == (unknown.status_code, unknown.data), method
        assert theirs.status_code in (404, 405), method
    assert anna.get(location).status_code == 200


@pytest.mark.parametrize("job_id", ["x", "..", "%2e%2e", "%00", "a" * 400, "0" * 31 + "%0a", "';--"])
def test_ids_that_are_none(anna: FlaskClient, job_id: str) -> None:
    for path in ("", "/result", "/preview"):
        assert anna.get(f"{URL}/{job_id}{path}").status_code in (404, 308)
    assert anna.delete(f"{URL}/{job_id}", headers=OWN).status_code in (404, 308)


def test_deleting_cancels_first_and_removes_then(anna: FlaskClient, settings: Settings, film: bytes) -> None:
    location = post(anna, film).headers["Location"]
    cancelled = anna.delete(location, headers=OWN)
    assert (cancelled.status_code, cancelled.json and cancelled.json["state"]) == (200, "cancelled")
    assert folders(settings) == []
    assert anna.get(location + "/preview").status_code == 404
    assert anna.get(location + "/result").status_code == 409
    work(settings)
    assert anna.get(location).json["state"] == "cancelled"
    assert anna.delete(location, headers=OWN).status_code == 204
    assert anna.get(location).status_code == 404


def test_a_finished_film_is_removed_at_once(anna: FlaskClient, settings: Settings, film: bytes) -> None:
    location = post(anna, film).headers["Location"]
    work(settings)
    assert anna.delete(location, headers=OWN).status_code == 204
    assert folders(settings) == []
    assert anna.delete(location, headers=OWN).status_code == 404


def test_a_get_never_deletes_and_a_foreign_page_may_not(anna: FlaskClient, film: bytes) -> None:
    location = post(anna, film).headers["Location"]
    assert anna.delete(location, headers={"Origin": "https://evil.example"}).status_code == 403
    assert anna.get(location + "?_method=DELETE").status_code == 200
    assert anna.get(location).json["state"] == "queued"


def test_too_many_waiting(anna: FlaskClient, ben: FlaskClient, settings: Settings, film: bytes) -> None:
    assert [post(anna, film).status_code for _ in range(4)] == [202, 202, 202, 429]
    assert post(ben, film).status_code == 202
    assert len(folders(settings)) == 4
    anna.delete(anna.get(URL).json["videos"][0]["links"]["self"], headers=OWN)
    assert post(anna, film).status_code == 202


def without_video(client: FlaskClient, film: bytes) -> TestResponse:
    return post(client, film, field="picture")


def raw_body(client: FlaskClient, film: bytes) -> TestResponse:
    return client.post(URL, data=film, headers=OWN, content_type="video/mp4")


def two_films(client: FlaskClient, film: bytes) -> TestResponse:
    form = {"video": [(io.BytesIO(film), "a.mp4"), (io.BytesIO(film), "b.mp4")]}
    return client.post(URL, data=form, headers=OWN, content_type="multipart/form-data")


def torn_form(client: FlaskClient, film: bytes) -> TestResponse:
    body = b"--x\r\nContent-Disposition: form-data; name=video; filename=a.mp4\r\n\r\n" + film
    return client.post(URL, data=body, headers=OWN, content_type="multipart/form-data; boundary=x")


def without_boundary(client: FlaskClient, film: bytes) -> TestResponse:
    return client.post(URL, data=film, headers=OWN, content_type="multipart/form-data")


def empty_film(client: FlaskClient, film: bytes) -> TestResponse:
    return post(client, b"")


def play_list(client: FlaskClient, film: bytes) -> TestResponse:
    return post(client, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")


def short_text(client: FlaskClient, film: bytes) -> TestResponse:
    return post(client, b"hello")


def too_large(client: FlaskClient, film: bytes) -> TestResponse:
    return post(client, film + bytes(1_000_000))


def a_little_too_large(client: FlaskClient, film: bytes) -> TestResponse:
    return post(client, film + bytes(1_000_001 - len(film)))


def without_length(client: FlaskClient, film: bytes) -> TestResponse:
    environ = {"wsgi.input_terminated": True}
    chunked = OWN | {"Transfer-Encoding": "chunked"}
    return client.post(URL, input_stream=io.BytesIO(film), headers=chunked, environ_overrides=environ)


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (without_video, 400, "bad_request"),
        (raw_body, 400, "bad_request"),
        (two_films, 400, "bad_request"),
        (torn_form, 400, "bad_request"),
        (without_boundary, 400, "bad_request"),
        (empty_film, 400, "no_video"),
        (play_list, 415, "unsupported_media"),
        (short_text, 415, "unsupported_media"),
        (too_large, 413, "too_large"),
        (a_little_too_large, 413, "too_large"),
        (without_length, 413, "too_large"),
    ],
)
def test_bad_uploads_say_why_and_leave_nothing(
    anna: FlaskClient, settings: Settings, film: bytes, send: Any, status: int, code: str
) -> None:
    answer = send(anna, film)
    assert answer.status_code == status
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"].endswith(".")
    assert folders(settings) == []
    assert anna.get(URL).json == {"videos": []}


class UnreadBody(io.BytesIO):
    """A body that must not be read."""

    def read(self, *size: Any) -> bytes:
        raise AssertionError("it was to be refused before it is read")

    readline = readinto = read  # type: ignore[assignment]


def test_a_body_that_is_too_large_is_refused_unread(anna: FlaskClient) -> None:
    answer = anna.post(
        URL,
        input_stream=UnreadBody(),
        headers=OWN,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(10**12)},
    )
    assert answer.status_code == 413


def test_a_failed_film_says_why(anna: FlaskClient, settings: Settings, film: bytes) -> None:
    location = post(anna, film[: len(film) // 2]).headers["Location"]
    work(settings)
    job = anna.get(location).json
    assert job is not None
    assert job["state"] == "failed"
    assert job["error"]["code"] == "bad_video"
    assert str(settings.data_folder) not in json.dumps(job)


def test_an_expired_film_is_gone_even_before_it_is_swept(settings: Settings, film: bytes) -> None:
    client = create_app(replace(settings, expire_s=-1)).test_client()
    location = post(client, film).headers["Location"]
    assert client.get(location).status_code == 404
    assert client.get(URL).json == {"videos": []}


def test_detections_speak_the_language_of_every_other_answer(
    anna: FlaskClient, settings: Settings, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "face.mp4", [astronaut()[:, :, ::-1]] * 3)
    location = post(anna, film.read_bytes()).headers["Location"]
    work(settings)
    lines = [json.loads(line) for line in anna.get(location + "/detections").text.splitlines()]
    faces = [face for line in lines for face in line["faces"]]
    assert len(faces) >= 3
    for face in faces:
        assert set(face) == {"box", "detection_score", "label", "label_score"}
        assert len(face["box"]) == 4
