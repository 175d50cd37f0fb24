"""The exported site on a plain file server: mirror and photos work, on the device, and later without that server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.collect_page import choose_faces, ready
from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import has_face, results, start_mirror
from tests.e2e.test_access import axe_violations
from tests.e2e.test_door import counted
from tests.e2e.test_own_classifier import collect, finished, labelled_zip, own_mark
from tests.e2e.test_photo_page import give
from tests.pictures import encoded, masked_astronaut_bgr
from webapp.__main__ import main


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the output of the tests short."""


class WithoutSuffix(Quiet):
    """Leads /photo.html to /photo, as Cloudflare Pages does."""

    def do_GET(self) -> None:
        if self.path.endswith(".html"):
            self.send_response(308)
            self.send_header("Location", self.path.removesuffix("index.html").removesuffix(".html"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if not Path(self.translate_path(self.path)).exists():
            self.path += ".html"
        super().do_GET()


@contextmanager
def serving(folder: Path, handler: type[Quiet]) -> Iterator[ThreadingHTTPServer]:
    """Export a site and serve it in a folder of its host, as on a page of a code host."""
    assert main(["export-site", str(folder / "mirror")]) == 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def file_server(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    with serving(tmp_path / "site", Quiet) as server:
        yield server


@pytest.fixture
def renaming_server(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    with serving(tmp_path / "site", WithoutSuffix) as server:
        yield server


def test_mirror_and_photos_without_a_server_of_ours(file_server: ThreadingHTTPServer, open_page: OpenPage) -> None:
    url = f"http://127.0.0.1:{file_server.server_port}/mirror/"
    page = open_page(url, allowed="ERR_CONNECTION_REFUSED", service_workers="allow")
    start_mirror(page)
    assert {face["label"] for one in results(page, 3, has_face) for face in one["result"]["faces"]} == {"without_mask"}
    expect(page.locator(".where span:visible")).to_have_text("On this device")
    assert axe_violations(page) == []
    page.get_by_role("link", name="Photo").click()
    give(page, "masked.jpg", encoded(masked_astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: with a mask")
    page.get_by_role("link", name="Collect").click()
    ready(page)
    choose_faces(page, [0])
    expect(page.locator(".progress-row", has_text="No mask")).to_contain_text("1 of 30")
    collect(page, labelled_zip((1, 2)))
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It helps: of 21 faces")
    page.locator("#fit-mirror").click()
    start_mirror(page)
    expect(own_mark(page)).to_be_visible()
    page.get_by_role("link", name="Collect").click()
    ready(page)
    assert axe_violations(page) == []
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.get_by_role("link", name="Mirror", exact=True).click()
    start_mirror(page)
    results(page, 1, has_face)
    page.goto(url + "door.html")
    results(page, 1, has_face)
    counted(page, 1)
    file_server.shutdown()
    file_server.server_close()
    page.goto(url)
    start_mirror(page)
    results(page, 2, has_face)


def test_kept_pages_open_where_the_host_leads_them_to_other_names(
    renaming_server: ThreadingHTTPServer, open_page: OpenPage
) -> None:
    page = open_page(f"http://127.0.0.1:{renaming_server.server_port}/mirror/", service_workers="allow")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    page.get_by_role("link", name="Photo").click()
    expect(page.locator("h1")).to_contain_text("photo", ignore_case=True)
    assert page.url.endswith("/mirror/photo.html")
