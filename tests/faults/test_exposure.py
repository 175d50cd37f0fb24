"""Rows 7, 48 and 49: what strangers, neighbours on the machine and caches between may read, and what fills the log."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bench.client import LiveClient
from tests.conftest import ASYNC_MODES
from tests.faults.visitor import Visitor
from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import wait_for
from webapp.app import create_app
from webapp.config import Settings

JPEG = jpeg(astronaut_bgr())
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def client_of(folder: Path, **settings: object) -> FlaskClient:
    """Return a visitor of an app with these settings."""
    values = {"async_mode": "threading", "data_folder": folder, "inference_threads": 1} | settings
    return create_app(Settings(**values)).test_client()  # type: ignore[arg-type]


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_7_bad_packets_without_end_leave_few_log_lines(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path, async_mode) as mirror:
        started = time.monotonic()
        for _ in range(100):
            client = LiveClient(mirror.port, JPEG)
            client._send(b"451-[", 1)
            client.close()
        time.sleep(1.5)
        client = LiveClient(mirror.port, JPEG)
        client._send(b"451-[", 1)
        wait_for(lambda: "more like this, left out" in mirror.log.read_text())
        seconds = time.monotonic() - started
        lines = mirror.log.read_text().splitlines()
    assert 1 <= sum("bad packet" in line for line in lines) <= 10 * (seconds + 1)
    assert len(lines) < 10 * (seconds + 1) + 20


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_48_only_the_names_of_the_server_are_answered(tmp_path: Path, async_mode: str) -> None:
    variables = {"MASK_MIRROR_ALLOWED_HOSTS": "mirror.example, .school.example"}

    def status(mirror: MirrorProcess, path: str, host: str, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=20)
        connection.request("GET", path, headers={"Host": host} | headers)
        found = connection.getresponse().status
        connection.close()
        return found

    with mirror_process(tmp_path, async_mode, **variables) as mirror:
        port = mirror.port
        for host in ("mirror.example", f"MIRROR.example:{port}", "door.school.example"):
            assert status(mirror, "/", host) == 200
            assert status(mirror, "/socket.io/?EIO=4&transport=websocket", host, **HANDSHAKE) == 101
        for host in ("evil.example", f"127.0.0.1:{port}", "mirror.example.evil.example", "xmirror.example", ""):
            assert status(mirror, "/", host) == 421
            assert status(mirror, "/api/v1/openapi.json", host) == 421
            assert status(mirror, "/static/css/base.css", host) == 421
            assert status(mirror, "/socket.io/?EIO=4&transport=websocket", host, **HANDSHAKE) == 421
        assert status(mirror, "/healthz", f"10.0.0.7:{port}") == 200, "platforms ask by address"


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_49_no_other_account_can_read_what_the_server_stores(tmp_path: Path, async_mode: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jobs.sqlite3").touch(mode=0o644)  # of an earlier version
    with mirror_process(tmp_path / "data", async_mode) as mirror:
        visitor = Visitor(mirror.port)
        assert visitor.upload(make_video(tmp_path / "in.mp4", 5).read_bytes()).status == 202
        wait_for(lambda: visitor.videos()[0]["state"] == "succeeded")
        made = [path for path in (tmp_path / "data").rglob("*") if path.name != "server.log"]  # that one is the test's
        assert {"jobs.sqlite3", "jobs.sqlite3-wal", "secret_key", "result.mp4", "detections.jsonl"} <= {
            path.name for path in made
        }
        assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_row_49_metrics_are_for_this_machine_or_who_has_the_token(tmp_path: Path) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    client = client_of(tmp_path)
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": address}).status_code == 200
    for address in ("192.0.2.1", "2001:db8::1", ""):
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": address}).status_code == 403
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403, "a proxy's, trusted or not"
    behind_proxy = client_of(tmp_path, trusted_proxies=1)
    assert behind_proxy.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 403
    with_token = client_of(tmp_path, metrics_token="open sesame")
    assert with_token.get("/metrics").status_code == 403
    for given, status in (("open sesame", 200), ("open sesam", 403), ("", 403)):
        headers = {"Authorization": f"Bearer {given}"}
        assert with_token.get("/metrics", headers=headers, environ_overrides=elsewhere).status_code == status


def test_row_49_what_sets_a_cookie_is_kept_in_no_cache(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    for path in ("/video", "/api/v1/videos", "/", "/photo", "/about", "/static/css/base.css", "/healthz"):
        response = client.get(path)
        if "Set-Cookie" in response.headers:
            assert response.headers["Cache-Control"] == "no-store", path
        else:
            assert path not in ("/video",)
    assert "Set-Cookie" in client.get("/video").headers, "each visit makes it last"
    assert "Set-Cookie" not in client.get("/static/css/base.css").headers


def test_row_49_over_https_browsers_are_told_to_stay_there(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/openapi.json", "/static/css/base.css", "/nothing"):
        secure = client.get(path, base_url="https://localhost")
        assert "max-age=" in secure.headers["Strict-Transport-Security"]
        assert "Strict-Transport-Security" not in client.get(path).headers


def test_row_42_not_ready_says_when_to_ask_again(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
