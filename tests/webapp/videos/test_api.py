from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from skimage.data import astronaut
from werkzeug.test import TestResponse

from tests.pictures import astronaut_bgr, jpeg
from tests.video_maker import make_video, read_video
from webapp.app import create_app
from webapp.config import Settings
from webapp.openapi import openapi_document
from webapp.videos.jobs.job import JobProgress
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.worker import Worker

URL = "/api/v1/videos"
OWN = {"Origin": "http://localhost"}
NOBODYS = "0" * 32


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_video(tmp_path_factory.mktemp("videos") / "in.mp4", 10, sound="aac").read_bytes()


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


def test_from_upload_to_result(anna: FlaskClient, settings: Settings, video: bytes, tmp_path: Path) -> None:
    posted = post(anna, video, "holiday.mov")
    assert posted.status_code == 202
    job = posted.json
    assert job is not None
    assert posted.headers["Location"] == f"{URL}/{job['id']}" == job["links"]["self"]
    assert (job["state"], job["name"], job["size_bytes"]) == ("queued", "holiday.mov", len(video))
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
    assert len(read_video(tmp_path / "result.mp4")[1]) == 10

    detections = anna.get(job["links"]["detections"])
    assert detections.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in detections.text.splitlines()]
    assert [set(line) for line in lines] == [{"frame", "time_s", "faces"}] * 10
    preview = anna.get(job["links"]["preview"])
    assert (preview.mimetype, preview.headers["Cache-Control"]) == ("image/jpeg", "no-store")


def test_the_result_can_be_sought_and_saved(anna: FlaskClient, settings: Settings, video: bytes) -> None:
    location = post(anna, video, "gp\u202e4pm.mp4").headers["Location"]
    work(settings)
    whole = anna.get(location + "/result").data
    part = anna.get(location + "/result", headers={"Range": "bytes=10-29"})
    assert (part.status_code, part.data) == (206, whole[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole)}"
    assert anna.get(location + "/result", headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    saved = anna.get(location + "/result?download=1")
    assert saved.headers["Content-Disposition"] == "attachment; filename=gp4pm-masks.mp4"


def test_my_videos_are_mine_newest_first(anna: FlaskClient, ben: FlaskClient, video: bytes) -> None:
    ids = [post(anna, video).json["id"] for _ in range(2)]
    listed = anna.get(URL).json
    assert listed is not None
    assert [job["id"] for job in listed["videos"]] == ids[::-1]
    assert all("token" not in job for job in listed["videos"])
    assert ben.get(URL).json == {"videos": []}


def test_the_token_opens_a_video_without_a_cookie(
    app: Flask, anna: FlaskClient, video: bytes, settings: Settings
) -> None:
    job = post(anna, video).json
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
def test_a_video_of_another_visitor_is_not_found(
    anna: FlaskClient, ben: FlaskClient, settings: Settings, video: bytes, path: str, state: str
) -> None:
    location = post(anna, video).headers["Location"]
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


def test_deleting_cancels_first_and_removes_then(anna: FlaskClient, settings: Settings, video: bytes) -> None:
    location = post(anna, video).headers["Location"]
    cancelled = anna.delete(location, headers=OWN)
    assert (cancelled.status_code, cancelled.json and cancelled.json["state"]) == (200, "cancelled")
    assert folders(settings) == []
    assert anna.get(location + "/preview").status_code == 404
    assert anna.get(location + "/result").status_code == 409
    work(settings)
    assert anna.get(location).json["state"] == "cancelled"
    assert anna.delete(location, headers=OWN).status_code == 204
    assert anna.get(location).status_code == 404


@pytest.mark.parametrize("route", ["videos", "uploads"])
def test_a_video_whose_last_byte_comes_while_it_is_deleted_is_gone(
    anna: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    tus = OWN | {"Tus-Resumable": "1.0.0"}
    created = anna.post("/api/v1/uploads", headers=tus | {"Upload-Length": "9", "Upload-Metadata": "filename YQ=="})
    job_id = (created.json or {})["id"]
    cancel = SqliteJobQueue.cancel

    def queued_meanwhile(queue: SqliteJobQueue, job_id: str) -> bool:
        monkeypatch.setattr(SqliteJobQueue, "cancel", cancel)
        cancelled = cancel(queue, job_id)
        queue._rows("UPDATE jobs SET state = 'queued' WHERE id = :id RETURNING id", {"id": job_id})
        return cancelled

    monkeypatch.setattr(SqliteJobQueue, "cancel", queued_meanwhile)
    assert anna.delete(f"/api/v1/{route}/{job_id}", headers=tus).status_code in (200, 204)
    assert SqliteJobQueue(settings).claim("worker") is None


def test_a_finished_video_is_removed_at_once(anna: FlaskClient, settings: Settings, video: bytes) -> None:
    location = post(anna, video).headers["Location"]
    work(settings)
    assert anna.delete(location, headers=OWN).status_code == 204
    assert folders(settings) == []
    assert anna.delete(location, headers=OWN).status_code == 404


def test_a_get_never_deletes_and_a_foreign_page_may_not(anna: FlaskClient, video: bytes) -> None:
    location = post(anna, video).headers["Location"]
    assert anna.delete(location, headers={"Origin": "https://evil.example"}).status_code == 403
    assert anna.get(location + "?_method=DELETE").status_code == 200
    assert anna.get(location).json["state"] == "queued"


def test_too_many_waiting(anna: FlaskClient, ben: FlaskClient, settings: Settings, video: bytes) -> None:
    assert [post(anna, video).status_code for _ in range(4)] == [202, 202, 202, 429]
    assert post(ben, video).status_code == 202
    assert len(folders(settings)) == 4
    anna.delete(anna.get(URL).json["videos"][0]["links"]["self"], headers=OWN)
    assert post(anna, video).status_code == 202


def test_without_cookies_one_limit_holds_for_all(settings: Settings, video: bytes) -> None:
    app = create_app(replace(settings, jobs_max=4))
    answers = [post(app.test_client(use_cookies=False), video) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 4 + [503] * 2
    assert answers[-1].json["error"]["code"] == "busy"
    assert answers[-1].json["error"]["message"].endswith(".")
    assert len(folders(settings)) == 4


class SlowBody(io.BytesIO):
    """A body that does something while it is being read."""

    def __init__(self, data: bytes, meanwhile: Callable[[], object]) -> None:
        super().__init__(data)
        self._meanwhile: Callable[[], object] | None = meanwhile

    def readinto(self, buffer: Any) -> int:
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return super().readinto(buffer)


def post_slowly(client: FlaskClient, data: bytes, meanwhile: Callable[[], object]) -> TestResponse:
    body = b"--x\r\nContent-Disposition: form-data; name=video; filename=a.mp4\r\n\r\n" + data + b"\r\n--x--\r\n"
    return client.post(
        URL,
        input_stream=SlowBody(body, meanwhile),
        headers=OWN,
        content_type="multipart/form-data; boundary=x",
        content_length=len(body),
    )


@pytest.mark.parametrize(("own", "status"), [(True, 429), (False, 503)])
def test_uploads_under_way_count_too(settings: Settings, video: bytes, own: bool, status: int) -> None:
    limited = replace(settings, jobs_per_visitor=1) if own else replace(settings, jobs_max=1)
    app = create_app(limited)
    anna = app.test_client()
    anna.get("/video")  # gives her a cookie
    other = anna if own else app.test_client()
    meanwhile: list[int] = []
    assert post_slowly(anna, video, lambda: meanwhile.append(post(other, video).status_code)).status_code == 202
    assert meanwhile == [status]
    work(settings)
    assert post(anna, video).status_code == 202, "an upload that has ended leaves its place"


def test_uploads_side_by_side_never_fill_the_disk(
    app: Flask, video: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 5 * len(video) + settings.disk_reserve_bytes  # a video, its copy and its result, but not two
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=room))
    anna, ben = app.test_client(), app.test_client()
    meanwhile: list[int] = []
    assert post_slowly(anna, video, lambda: meanwhile.append(post(ben, video).status_code)).status_code == 202
    assert meanwhile == [507]
    assert post(ben, video).status_code == 202


def test_some_disk_space_is_left_alone(
    anna: FlaskClient, video: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=settings.disk_reserve_bytes))
    answer = post(anna, video)
    assert (answer.status_code, answer.json["error"]["code"]) == (507, "storage_full")
    assert folders(settings) == []


def without_video(client: FlaskClient, video: bytes) -> TestResponse:
    return post(client, video, field="picture")


def raw_body(client: FlaskClient, video: bytes) -> TestResponse:
    return client.post(URL, data=video, headers=OWN, content_type="video/mp4")


def two_videos(client: FlaskClient, video: bytes) -> TestResponse:
    form = {"video": [(io.BytesIO(video), "a.mp4"), (io.BytesIO(video), "b.mp4")]}
    return client.post(URL, data=form, headers=OWN, content_type="multipart/form-data")


def torn_form(client: FlaskClient, video: bytes) -> TestResponse:
    body = b"--x\r\nContent-Disposition: form-data; name=video; filename=a.mp4\r\n\r\n" + video
    return client.post(URL, data=body, headers=OWN, content_type="multipart/form-data; boundary=x")


def without_boundary(client: FlaskClient, video: bytes) -> TestResponse:
    return client.post(URL, data=video, headers=OWN, content_type="multipart/form-data")


def empty_video(client: FlaskClient, video: bytes) -> TestResponse:
    return post(client, b"")


def play_list(client: FlaskClient, video: bytes) -> TestResponse:
    return post(client, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")


def short_text(client: FlaskClient, video: bytes) -> TestResponse:
    return post(client, b"hello")


def too_large(client: FlaskClient, video: bytes) -> TestResponse:
    return post(client, video + bytes(1_000_000))


def a_little_too_large(client: FlaskClient, video: bytes) -> TestResponse:
    return post(client, video + bytes(1_000_001 - len(video)))


def without_length(client: FlaskClient, video: bytes) -> TestResponse:
    environ = {"wsgi.input_terminated": True}
    chunked = OWN | {"Transfer-Encoding": "chunked"}
    return client.post(URL, input_stream=io.BytesIO(video), headers=chunked, environ_overrides=environ)


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (without_video, 400, "bad_request"),
        (raw_body, 400, "bad_request"),
        (two_videos, 400, "bad_request"),
        (torn_form, 400, "bad_request"),
        (without_boundary, 400, "bad_request"),
        (empty_video, 400, "no_video"),
        (play_list, 415, "unsupported_media"),
        (short_text, 415, "unsupported_media"),
        (too_large, 413, "too_large"),
        (a_little_too_large, 413, "too_large"),
        (without_length, 413, "too_large"),
    ],
)
def test_bad_uploads_get_a_reason_and_leave_nothing(
    anna: FlaskClient, settings: Settings, video: bytes, send: Any, status: int, code: str
) -> None:
    answer = send(anna, video)
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


def test_a_failed_video_has_a_reason(anna: FlaskClient, settings: Settings, video: bytes) -> None:
    location = post(anna, video[: len(video) // 2]).headers["Location"]
    work(settings)
    job = anna.get(location).json
    assert job is not None
    assert job["state"] == "failed"
    assert job["error"]["code"] == "bad_video"
    assert str(settings.data_folder) not in json.dumps(job)


def test_an_expired_video_is_gone_even_before_it_is_swept(settings: Settings, video: bytes) -> None:
    settings = replace(settings, expire_s=-1)
    client = create_app(settings).test_client()
    location = post(client, video).headers["Location"]
    SqliteJobQueue(settings).cancel(location.rsplit("/", 1)[1])
    assert client.get(location).status_code == 404
    assert client.get(URL).json == {"videos": []}


def test_a_video_that_waited_too_long_has_that_reason(settings: Settings, video: bytes) -> None:
    impatient = replace(settings, expire_s=0.3)
    client = create_app(impatient).test_client()
    location = post(client, video).headers["Location"]
    time.sleep(0.4)
    assert client.get(location).json["state"] == "queued", "it does not vanish without a word"
    work(settings)
    [job] = client.get(URL).json["videos"]
    assert (job["state"], job["error"]["code"]) == ("failed", "waited_too_long")
    assert "waited too long" in job["error"]["message"]
    [folder] = folders(settings)
    assert list(folder.iterdir()) == []


def strict(schema: Any) -> Any:
    """Return a schema in which no object may have a property that it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return {name: strict(part) for name, part in schema.items()} | closed


def assert_documented(answer: TestResponse, name: str) -> None:
    """Hold a real answer against its schema in the OpenAPI document."""
    document = openapi_document(Settings())
    schema = {"$ref": f"#/components/schemas/{name}", "components": strict(document["components"])}
    Draft202012Validator(schema).validate(answer.json)


def test_responses_match_the_openapi_document(anna: FlaskClient, settings: Settings, video: bytes) -> None:
    queued = post(anna, video)
    assert_documented(queued, "Job")
    location = queued.headers["Location"]
    assert_documented(anna.get(location), "Job")
    assert (anna.get(location).json["width"], anna.get(location).json["height"]) == (None, None)

    queue = SqliteJobQueue(settings)
    job = queue.claim("w")
    assert job is not None
    queue.heartbeat(job.id, "w", JobProgress(0.5, 3, 0, 12.0, 9.0, 128, 96))
    assert anna.get(location).json["state"] == "running"
    assert_documented(anna.get(location), "Job")
    queue.release(job.id, "w")

    work(settings)
    succeeded = anna.get(location)
    assert (succeeded.json["state"], succeeded.json["width"], succeeded.json["height"]) == ("succeeded", 128, 96)
    assert_documented(succeeded, "Job")

    failed = post(anna, video[: len(video) // 2]).headers["Location"]
    work(settings)
    assert anna.get(failed).json["state"] == "failed"
    assert_documented(anna.get(failed), "Job")

    cancelled = anna.delete(post(anna, video).headers["Location"], headers=OWN)
    assert cancelled.json["state"] == "cancelled"
    assert_documented(cancelled, "Job")

    assert_documented(anna.get(failed + "/result"), "Error")
    too_far = anna.get(location + "/result", headers={"Range": "bytes=999999999-"})
    assert too_far.status_code == 416
    assert_documented(too_far, "Error")


def test_the_response_to_a_photo_matches_the_openapi_document(anna: FlaskClient) -> None:
    answer = anna.post("/api/v1/detect", data=jpeg(astronaut_bgr()), headers=OWN, content_type="image/jpeg")
    assert len(answer.json["faces"]) == 1
    assert_documented(answer, "Detections")


def test_refusals_of_videos_are_documented() -> None:
    paths = openapi_document(Settings())["paths"]
    one = f"{URL}/{{job_id}}"
    for path, verb, codes in (
        (URL, "post", {"429", "503", "507"}),
        (one, "delete", {"403", "404", "503"}),
        (one + "/result", "get", {"404", "409", "416", "503"}),
        (one + "/detections", "get", {"404", "409", "416", "503"}),
    ):
        assert codes <= set(paths[path][verb]["responses"]), path
    assert "an hour after the result is ready" in paths[URL]["post"]["description"]


def test_detections_have_the_format_of_every_other_response(
    anna: FlaskClient, settings: Settings, tmp_path: Path
) -> None:
    video = make_video(tmp_path / "face.mp4", [astronaut()[:, :, ::-1]] * 3)
    location = post(anna, video.read_bytes()).headers["Location"]
    work(settings)
    lines = [json.loads(line) for line in anna.get(location + "/detections").text.splitlines()]
    faces = [face for line in lines for face in line["faces"]]
    assert len(faces) >= 3
    for face in faces:
        assert set(face) == {"box", "detection_score", "label", "label_score", "label_probs", "track_id"}
        assert len(face["box"]) == 4
