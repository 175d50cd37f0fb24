"""`POST /api/v1/door/counts` of a real server, with a real receiver behind it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from flask.testing import FlaskClient

from tests.conftest import ASYNC_MODES
from tests.mirror_process import MirrorProcess, free_port, mirror_process
from tests.webapp.door.receiver import LocalReceiver, local_receiver
from webapp.app import create_app
from webapp.config import Settings
from webapp.door import forwarder
from webapp.door.api import COUNT_MAX, STATES
from webapp.door.delivery import Message
from webapp.door.receiver import receiver_of
from webapp.errors import Busy, TooManyRequests
from webapp.processes.helpers import process_environ

COUNTS = {"with_mask": 3, "without_mask": 1, "mask_worn_incorrectly": 0, "not_sure": 0}


def minute(back: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - back).strftime("%Y-%m-%dT%H:%M:00Z")


def body(**changes: Any) -> dict[str, Any]:
    return {"door": "a1b2c3d4", "minute": minute(), "counts": COUNTS} | changes


@pytest.fixture(scope="module")
def receiver() -> Iterator[LocalReceiver]:
    with local_receiver() as running:
        yield running


@pytest.fixture(scope="module", params=ASYNC_MODES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, receiver: LocalReceiver
) -> Iterator[MirrorProcess]:
    variables = {"MASK_MIRROR_DOOR_COUNTS_URL": receiver.url, "MASK_MIRROR_DOOR_COUNTS_KEY": "key"}
    with mirror_process(tmp_path_factory.mktemp("door"), request.param, **variables) as running:
        yield running


@pytest.fixture(scope="module")
def forwarding(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of a server with a receiver, which nothing reaches."""
    url = f"http://127.0.0.1:{free_port()}/"
    folder = tmp_path_factory.mktemp("forwarding")
    settings = Settings(async_mode="threading", data_folder=folder, door_counts_url=url, door_counts_key="key")
    return create_app(settings).test_client()


def post(server: MirrorProcess, content: object, **headers: str) -> tuple[int, dict[str, Any]]:
    data = json.dumps(content).encode()
    request = Request(server.url + "/api/v1/door/counts", data, {"Content-Type": "application/json"} | headers)
    try:
        with urlopen(request, timeout=60) as response:
            return response.status, {}
    except HTTPError as error:
        return error.code, json.loads(error.read())["error"]


def test_counts_reach_the_receiver(server: MirrorProcess, receiver: LocalReceiver) -> None:
    receiver.got.clear()
    content = body()
    assert post(server, content) == (204, {})
    ((headers, data),) = receiver.got
    assert json.loads(data) == content
    assert headers["webhook-id"] == f"a1b2c3d4-{content['minute']}"


def test_a_receiver_in_trouble_is_told_to_the_page(server: MirrorProcess, receiver: LocalReceiver) -> None:
    receiver.statuses = [404]
    status, error = post(server, body())
    assert (status, error["code"]) == (502, "not_forwarded")
    assert "status 404" in error["message"]
    assert "could not be forwarded" in server.log.read_text()


def test_the_server_answers_others_while_a_receiver_is_slow(server: MirrorProcess, receiver: LocalReceiver) -> None:
    receiver.delay_s = 2.0
    try:
        waiting = threading.Thread(target=post, args=(server, body()))
        waiting.start()
        assert server.healthy()
        assert waiting.is_alive()
        waiting.join()
    finally:
        receiver.delay_s = 0.0


def test_another_site_may_not_send_counts(server: MirrorProcess) -> None:
    assert post(server, body(), Origin="https://elsewhere.example")[0] == 403


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"door": "a"},
        body(more=1),
        body(door="A"),
        body(door="a" * 33),
        body(door=7),
        body(minute="now"),
        body(minute="2026-13-30T14:05:00Z"),
        body(minute=5),
        body(minute=minute(timedelta(days=9))),
        body(minute=minute(timedelta(days=-1))),
        body(counts={"with_mask": 1}),
        body(counts=COUNTS | {"others": 1}),
        body(counts=COUNTS | {"with_mask": -1}),
        body(counts=COUNTS | {"with_mask": COUNT_MAX + 1}),
        body(counts=COUNTS | {"with_mask": True}),
        body(counts=COUNTS | {"with_mask": 1.5}),
    ],
)
def test_anything_else_is_refused(forwarding: FlaskClient, content: object) -> None:
    response = forwarding.post("/api/v1/door/counts", json=content)
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "bad_request"


def test_bodies_of_another_kind(forwarding: FlaskClient) -> None:
    assert forwarding.post("/api/v1/door/counts", data="{", content_type="application/json").status_code == 400
    assert forwarding.post("/api/v1/door/counts", data="a=1").status_code == 415
    assert forwarding.post("/api/v1/door/counts", data=b" " * 3000, content_type="application/json").status_code == 413


def test_by_default_nothing_is_forwarded(client: FlaskClient) -> None:
    assert client.post("/api/v1/door/counts", json=body()).status_code == 404
    assert 'data-counts-url=""' in client.get("/door").text
    assert "forwarded" not in client.get("/door").text


def test_the_page_names_the_receiver(server: MirrorProcess) -> None:
    with urlopen(server.url + "/door") as response:
        page = response.read().decode()
    assert 'data-counts-url="/api/v1/door/counts"' in page
    assert "forwarded to 127.0.0.1" in page


def test_states_are_those_of_the_page() -> None:
    source = (Path(__file__).parents[3] / "static" / "js" / "shared" / "faces" / "face_states.js").read_text()
    assert all(f"{state}:" in source for state in STATES[:3])
    assert STATES[3] == "not_sure"


def test_too_many_are_refused(receiver: LocalReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(door_counts_url=receiver.url, door_counts_key="key")
    target = receiver_of(settings)
    assert target is not None
    message = Message("id", "{}")
    monkeypatch.setattr(forwarder, "PER_MINUTE", 2)
    limited = forwarder.Forwarder(settings, target)
    limited.forward(message)
    limited.forward(message)
    with pytest.raises(TooManyRequests):
        limited.forward(message)
    monkeypatch.setattr(forwarder, "WAITING_MAX", 0)
    with pytest.raises(Busy):
        forwarder.Forwarder(settings, target).forward(message)


def test_other_processes_do_not_get_the_key() -> None:
    environ = process_environ(Settings(door_counts_key="secret-of-the-door"), os.environ)
    assert "secret-of-the-door" not in str(environ)


def test_a_server_with_a_bad_address_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="must begin with https"),
        mirror_process(tmp_path, "threading", MASK_MIRROR_DOOR_COUNTS_URL="http://counts.example.org/"),
    ):
        pass
