"""The installed page: it opens without the server, tells about new versions, and keeps one version only."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.mirror_process import MirrorProcess, mirror_process

KEEP_PAGES: dict[str, object] = {"service_workers": "allow"}
CONTROLLED_JS = "() => navigator.serviceWorker.controller !== null"
CACHES_JS = "async () => (await caches.keys()).sort()"


def open_kept(open_page: OpenPage, server: MirrorProcess, allowed: str | None = None) -> Page:
    """Open the live page and wait until the service worker has kept everything."""
    page = open_page(server.url, allowed=allowed, **KEEP_PAGES)
    page.wait_for_function(CONTROLLED_JS)
    return page


def test_pages_open_with_the_server_stopped(tmp_path: Path, open_page: OpenPage) -> None:
    with mirror_process(tmp_path, "eventlet") as server:
        page = open_kept(open_page, server, allowed="ERR_CONNECTION_REFUSED")
    for path, heading in (("/", "Mirror"), ("/photo", "Photo"), ("/about", "About"), ("/video", "needs the server")):
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_attached()
    page.get_by_role("link", name="Open the mirror").click()
    expect(page.locator("#start")).to_be_enabled()


def test_a_new_version_is_told_and_taken_when_the_visitor_chooses_it(tmp_path: Path, open_page: OpenPage) -> None:
    with mirror_process(tmp_path, "eventlet") as first:
        page = open_kept(open_page, first, allowed="ERR_CONNECTION_REFUSED")
        kept = page.evaluate(CACHES_JS)
        expect(page.locator("#update")).to_be_hidden()
    assert len(kept) == 1
    changed = {"MASK_MIRROR_LIVE_MAX_PX": "1000001"}
    with mirror_process(tmp_path, "eventlet", port=first.port, **changed):
        page.reload()
        expect(page.locator("#update")).to_be_visible()
        assert page.locator("#main").get_attribute("data-live-max-px") == "2100000"
        page.locator("#load-update").click()
        expect(page.locator("#main")).to_have_attribute("data-live-max-px", "1000001")
        expect(page.locator("#update")).to_be_hidden()
        assert len(page.evaluate(CACHES_JS)) == 1
        assert page.evaluate(CACHES_JS) != kept


def test_a_second_tab_loads_the_new_version_too(tmp_path: Path, open_page: OpenPage) -> None:
    with mirror_process(tmp_path, "eventlet") as first:
        page = open_kept(open_page, first, allowed="ERR_CONNECTION_REFUSED")
        other = page.context.new_page()
        other.goto(first.url)
    with mirror_process(tmp_path, "eventlet", port=first.port, MASK_MIRROR_LIVE_MAX_PX="1000001"):
        for tab in (page, other):
            tab.reload()
            expect(tab.locator("#update")).to_be_visible()
        for tab in (page, other):
            tab.locator("#load-update").click()
            expect(tab.locator("#main")).to_have_attribute("data-live-max-px", "1000001")
            expect(tab.locator("#update")).to_be_hidden()
