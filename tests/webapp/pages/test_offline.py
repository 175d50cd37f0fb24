from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from webapp.app import create_app
from webapp.config import Settings
from webapp.pages.offline import PAGES, RUNTIME, create_offline, service_worker, static_files

STATIC = Path(__file__).parent.parent.parent.parent / "static"


def site(script: str) -> dict[str, object]:
    """Return the settings in front of a service worker's script."""
    return dict(json.loads(re.match(r"const SITE = (\{.*\});\n", script)[1]))  # type: ignore[index]


def test_everything_that_is_kept_is_there(client: FlaskClient) -> None:
    response = client.get("/service-worker.js")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.mimetype == "text/javascript"
    kept = site(response.text)["kept"]
    assert {path.lstrip("/") or "./" for path in PAGES} < set(kept)
    for path in kept:
        assert client.get("/" + path.removeprefix("./")).status_code == 200, path


def test_it_is_bounded_and_leaves_large_files_to_their_use(client: FlaskClient) -> None:
    kept = [path for path in site(client.get("/service-worker.js").text)["kept"] if path.startswith("static/")]
    assert sum((STATIC.parent / path).stat().st_size for path in kept) < 2_000_000
    assert not [path for path in kept if path.endswith((".wasm", ".gz"))]
    assert "static/js/live/live.js" in kept
    assert "static/js/offline/service_worker.js" not in kept


def test_the_version_changes_with_any_page_or_file(tmp_path: Path) -> None:
    for name in ("js/offline/service_worker.js", "css/a.css", str(RUNTIME / "b.wasm")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    pages = {"./": b"page"}
    first = site(service_worker(tmp_path, pages))
    assert site(service_worker(tmp_path, pages)) == first
    assert site(service_worker(tmp_path, {"./": b"new"}))["version"] != first["version"]
    (tmp_path / "css/a.css").write_text("two")
    second = site(service_worker(tmp_path, pages))
    assert second["version"] != first["version"]
    assert second["runtime"] == first["runtime"]
    (tmp_path / RUNTIME / "b.wasm").write_text("two")
    assert site(service_worker(tmp_path, pages))["runtime"] != first["runtime"]


def test_samples_are_loaded_when_they_are_used(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "one.mp4").write_text("large")
    assert static_files(tmp_path) == []


def test_the_manifest_has_icons_of_the_sizes_that_it_names(client: FlaskClient) -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("../", "../", "standalone")
    assert {icon.get("purpose", "any") for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        content = (STATIC / icon["src"]).read_bytes()
        if icon["type"] == "image/png":
            size = "x".join(map(str, Image.open(io.BytesIO(content)).size))
            assert icon["sizes"] == size


def test_the_door_is_installed_in_full_screen(client: FlaskClient) -> None:
    page = client.get("/door").text
    address = re.search(r'rel="manifest" href="([^"]+)"', page)
    assert address is not None
    response = client.get(address[1])
    assert response.mimetype == "application/manifest+json"
    manifest = response.get_json(force=True)
    assert (manifest["display"], manifest["start_url"], manifest["scope"]) == ("fullscreen", "/door", "/door")
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200


@pytest.mark.parametrize("path", ["/", "/photo", "/collect", "/door", "/offline"])
def test_every_page_registers_the_service_worker(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert 'data-service-worker="/service-worker.js"' in page
    assert "js/offline/updates.js" in page


def test_the_version_changes_with_the_settings_where_only_some_hosts_are_allowed(tmp_path: Path) -> None:
    versions = set()
    for threshold in (0.5, 0.6):
        settings = Settings(
            async_mode="threading",
            data_folder=tmp_path / str(threshold),
            inference_threads=1,
            allowed_hosts="example.org",
            score_threshold=threshold,
        )
        response = create_app(settings).test_client().get("/service-worker.js", base_url="https://example.org")
        assert response.status_code == 200
        versions.add(site(response.text)["version"])
    assert len(versions) == 2


def test_a_page_with_an_error_makes_no_version() -> None:
    app = Flask("small", static_folder=STATIC)
    app.register_blueprint(create_offline())
    client = app.test_client()
    assert client.get("/service-worker.js").status_code == 500
