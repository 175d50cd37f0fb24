from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.pages.compression import compress_responses
from webapp.pages.page_modules import page_modules
from webapp.pages.routes import STATIC

GZIP = {"Accept-Encoding": "gzip, br"}
SCRIPT = "/static/js/live/live.js"


@pytest.mark.parametrize("path", ["/", "/about", SCRIPT, "/static/css/base.css"])
def test_pages_and_static_files_are_compressed(client: FlaskClient, path: str) -> None:
    plain, compressed = client.get(path), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == compressed.headers["Vary"] == "Accept-Encoding"
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.data) == plain.data
    assert compressed.content_length == len(compressed.data) < len(plain.data) * 0.7


@pytest.mark.parametrize("path", ["/healthz", "/static/img/icon-180.png", "/api/v1/openapi.json"])
def test_small_responses_pictures_and_the_api_are_not_compressed(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=GZIP)
    assert response.status_code == 200
    assert "Content-Encoding" not in response.headers


def test_a_client_that_refuses_gzip_gets_none(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get(SCRIPT, headers={"Accept-Encoding": "gzip;q=0, br"}).headers


def test_a_compressed_file_has_an_etag_of_its_own(client: FlaskClient) -> None:
    plain, compressed = client.get(SCRIPT), client.get(SCRIPT, headers=GZIP)
    assert plain.headers["ETag"] != compressed.headers["ETag"]
    again = client.get(SCRIPT, headers=GZIP | {"If-None-Match": compressed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_ranges_are_of_the_file_itself(client: FlaskClient) -> None:
    part = client.get(SCRIPT, headers=GZIP | {"Range": "bytes=3-9"})
    assert (part.status_code, part.data) == (206, client.get(SCRIPT).data[3:10])


def test_the_build_may_compress_and_a_changed_file_is_compressed_again(tmp_path: Path) -> None:
    script, built = tmp_path / "a.js", tmp_path / "a.js.gz"
    script.write_bytes(b"// one\n" * 200)
    built.write_bytes(gzip.compress(script.read_bytes(), mtime=1) + b"")
    app = Flask("small", static_folder=tmp_path, static_url_path="/static")
    compress_responses(app)
    client = app.test_client()
    assert client.get("/static/a.js", headers=GZIP).data == built.read_bytes()
    script.write_bytes(b"// two!\n" * 200)
    assert gzip.decompress(client.get("/static/a.js", headers=GZIP).data) == script.read_bytes()


def test_a_page_names_every_module_once_and_all_exist(client: FlaskClient) -> None:
    for path, entry in (("/", "js/live/live.js"), ("/photo", "js/photos/photo.js"), ("/video", "js/videos/video.js")):
        page = client.get(path).text
        for name in page_modules(STATIC, entry):
            assert page.count(f'<link rel="modulepreload" href="/static/{name}">') == 1
            assert client.get(f"/static/{name}").status_code == 200
    assert "js/live/mirror/connection.js" in client.get("/").text


def test_modules_are_found_through_the_modules_that_import_them(tmp_path: Path) -> None:
    (tmp_path / "js" / "sub").mkdir(parents=True)
    (tmp_path / "js" / "a.js").write_text('import { b } from "./sub/b.js";\nimport("./late.js");\n')
    (tmp_path / "js" / "sub" / "b.js").write_text('import { a } from "../a.js";\nexport { c } from "./c.js";\n')
    (tmp_path / "js" / "sub" / "c.js").write_text('import { gone } from "../../vendor/gone.js";\n')
    (tmp_path / "js" / "late.js").write_text("")
    assert page_modules(tmp_path, "js/a.js") == ["js/a.js", "js/sub/b.js", "js/sub/c.js"]


@pytest.mark.parametrize("is_built", [False, True])
def test_detours_in_an_address_do_not_compress_a_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_built: bool
) -> None:
    style = tmp_path / "css" / "base.css"
    style.parent.mkdir()
    style.write_bytes(b"a { color: red }\n" * 200)
    expected = gzip.compress(style.read_bytes(), mtime=1)
    if is_built:
        style.with_name("base.css.gz").write_bytes(expected)
    calls = []

    def noted(data: bytes) -> bytes:
        calls.append(data)
        return expected

    monkeypatch.setattr("webapp.pages.compression.gzip.compress", noted)
    app = Flask("small", static_folder=tmp_path, static_url_path="/static")
    compress_responses(app)
    client = app.test_client()
    for i in range(20):
        response = client.get(f"/static/x{i}/../css/base.css", headers=GZIP)
        assert (response.status_code, response.data) == (200, expected)
    assert len(calls) == (0 if is_built else 1)
