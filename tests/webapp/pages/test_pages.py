from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.app import create_app
from webapp.config import Settings

PAGES = ("/", "/photo", "/video", "/collect", "/train", "/door", "/about")


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_pages_carry_the_security_headers_and_nothing_inline(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == (404 if path == "/nothing" else 200)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=(self)" in response.headers["Permissions-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert "<script>" not in response.text
    assert "onclick=" not in response.text


def test_pages_name_the_detector_and_the_limits(client: FlaskClient) -> None:
    assert 'data-model="multiface"' in client.get("/").text
    photo = client.get("/photo").text
    assert 'data-model="multiface+multiface_wide"' in photo
    assert 'data-model="mask_classifier"' in photo
    video = client.get("/video").text
    assert "200" in video
    assert "10" in video


def test_the_cookie_is_http_only_and_same_site_and_secure_over_https(client: FlaskClient) -> None:
    plain = client.get("/video").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    secure = client.get("/video", base_url="https://localhost").headers["Set-Cookie"]
    assert "Secure" in secure


def test_health_readiness_and_figures(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    not_ready = client.get("/readyz")
    assert not_ready.status_code == 503
    assert "worker" in not_ready.get_json()["reason"]
    figures = client.get("/metrics").text
    assert "mask_mirror_connections" in figures
    for name in ("offered", "answered", "dropped", "refused"):
        assert f"mask_mirror_frames_{name}_total 0.0" in figures
    assert "mask_mirror_frames_waiting 0.0" in figures
    assert "mask_mirror_frame_age_seconds_count 0.0" in figures
    assert "mask_mirror_inference_seconds_count 0.0" in figures


def test_the_secret_key_survives_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(async_mode="threading", data_folder=tmp_path_factory.mktemp("keys"))
    first, second = create_app(settings), create_app(settings)
    assert len(first.config["SECRET_KEY"]) == 64
    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert (settings.data_folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in settings.data_folder.glob("tmp*")) == []


def test_proxy_headers_count_only_with_trusted_proxies(tmp_path_factory: pytest.TempPathFactory) -> None:
    def seen_as_secure(app: Flask) -> bool:
        answer = app.test_client().get("/video", headers={"X-Forwarded-Proto": "https"})
        return "Secure" in answer.headers["Set-Cookie"]

    folder = tmp_path_factory.mktemp("proxy")
    assert not seen_as_secure(create_app(Settings(async_mode="threading", data_folder=folder)))
    assert seen_as_secure(create_app(Settings(async_mode="threading", data_folder=folder, trusted_proxies=1)))
