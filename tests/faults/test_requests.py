"""Rows 26 and 33 for photos: bodies without end, requests that another site made a browser send."""

from __future__ import annotations

import http.client

import pytest
from flask.testing import FlaskClient

from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, jpeg

JPEG = jpeg(astronaut_bgr())


def test_row_26_a_body_that_announces_too_much_is_refused_before_it_is_sent(mirror: MirrorProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=10)
    connection.putrequest("POST", "/api/v1/detect")
    connection.putheader("Content-Type", "image/jpeg")
    connection.putheader("Content-Length", "5000000000")
    connection.endheaders(b"\xff\xd8\xff")
    assert connection.getresponse().status == 413


def test_row_26_chunks_without_a_length_are_refused(mirror: MirrorProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=10)
    connection.request("POST", "/api/v1/detect", iter([JPEG]), {"Content-Type": "image/jpeg"}, encode_chunked=True)
    assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    ("headers", "cookie", "allowed"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"Origin": "http://localhost"}, True, True),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, True, True),
        ({"Sec-Fetch-Site": "same-origin"}, True, True),
        ({"Sec-Fetch-Site": "none"}, True, True),
        ({"Origin": "null"}, False, False),
        ({"Origin": "null"}, True, False),
        ({"Origin": "https://localhost"}, False, False),
        ({"Origin": "http://localhost:81"}, False, False),
        ({"Origin": "http://evil.example"}, False, False),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, True, False),
        ({"Sec-Fetch-Site": "cross-site"}, False, False),
        ({"Sec-Fetch-Site": "same-site"}, True, False),
    ],
)
def test_row_33_only_own_pages_and_programs_without_cookies_may_post(
    client: FlaskClient, headers: dict[str, str], cookie: bool, allowed: bool
) -> None:
    if cookie:
        client.get("/video")
    response = client.post("/api/v1/detect", data=JPEG, content_type="image/jpeg", headers=headers)
    assert response.status_code == (200 if allowed else 403)
    if not allowed:
        assert response.get_json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize("path", ["/api/v1/videos/x/delete", "/api/v1/videos/delete", "/api/v1/detect"])
def test_row_33_no_get_changes_anything(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (404, 405)
