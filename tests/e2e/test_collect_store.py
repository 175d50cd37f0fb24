"""Where the collection is kept: reloads, crashes, no room, a browser that keeps nothing, two tabs."""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.collect_page import choose, choose_faces, face_jpeg, kept, payload, ready
from tests.e2e.conftest import OpenPage
from tests.mirror_process import MirrorProcess

FULL_JS = """() => {
  window.realPut = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    if (this.name === "jpegs") throw new DOMException("full", "QuotaExceededError");
    return key === undefined ? realPut.call(this, value) : realPut.call(this, value, key);
  };
  StorageManager.prototype.estimate = async () => ({ usage: 1e9, quota: 1.01e9 });
}"""
"""A full device. Chromium 156 reports 10 GB of room whatever it has; DevTools cannot lower its quota here."""


def test_a_reload_keeps_everything(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/collect")
    ready(page)
    choose_faces(page, [0, 60], "with_mask")
    page.get_by_role("button", name="Leave out picture 2").click()
    page.locator("#new-sitting").click()
    before = kept(page)
    page.reload()
    ready(page)
    expect(page.locator(".picture-card")).to_have_count(2)
    expect(page.locator(".picture-card[data-left-out]")).to_have_count(1)
    expect(page.locator("#sitting")).to_have_value("2")
    expect(page.locator("input[name=state][value=with_mask]")).to_be_checked()
    expect(page.locator("#room")).to_contain_text("2 pictures, 0.1\u00a0MB. Room left on this device:")
    assert kept(page) == before
    page.locator(".picture-card .open").first.click()
    expect(page.locator("#editor-picture")).to_have_js_property("naturalWidth", 640)


def test_a_crash_keeps_what_was_there_and_boxes_are_proposed_afterwards(
    server: MirrorProcess, open_page: OpenPage
) -> None:
    page = open_page(server.url + "/collect")
    ready(page)
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    choose(page, payload("face.jpg", face_jpeg(0)))
    expect(page.locator(".marks")).to_have_text("Looking for a face…")
    page.wait_for_function("async () => (await indexedDB.databases()).length > 0")
    assert len(kept(page)) == 1
    context = page.context
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")
    page = context.new_page()
    page.goto(server.url + "/collect")
    ready(page)
    expect(page.locator(".picture-card")).to_have_count(1)
    expect(page.locator(".marks")).to_be_hidden()
    assert len(kept(page)[0]["boxes"]) == 1


def test_without_room_nothing_is_lost(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/collect")
    ready(page)
    choose_faces(page, [0])
    page.evaluate(FULL_JS)
    choose_faces(page, [60, 120])
    expect(page.locator("#store-trouble")).to_contain_text("This device has no room for more pictures.")
    expect(page.locator("#store-trouble")).to_contain_text("Not kept: 2.")
    expect(page.locator("#room.notice")).to_contain_text("Export the collection soon")
    page.locator(".picture-card .open").last.click()
    expect(page.locator("#editor-picture")).to_have_js_property("naturalWidth", 640)
    page.locator("#editor-close").click()
    assert len(kept(page)) == 1
    page.evaluate("() => { IDBObjectStore.prototype.put = window.realPut; }")
    page.get_by_role("button", name="Leave out picture 1").click()
    expect(page.locator("#store-trouble")).to_be_hidden()
    assert len(kept(page)) == 3


def test_a_browser_that_keeps_nothing(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); };")
    page.goto(server.url + "/collect")
    ready(page)
    expect(page.locator("#store-trouble")).to_contain_text("This browser keeps nothing here, as in a private window.")
    choose_faces(page, [0])
    expect(page.locator("#store-trouble")).to_contain_text("Not kept: 1.")
    with page.expect_download():
        page.locator("[data-export=labelme]").click()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.reload()
    assert dialogs == ["beforeunload"]


def test_two_tabs(server: MirrorProcess, open_page: OpenPage) -> None:
    first = open_page(server.url + "/collect")
    ready(first)
    choose_faces(first, [0])
    second = first.context.new_page()
    second.goto(server.url + "/collect")
    expect(second.locator("#other-tab")).to_contain_text("open in another tab")
    expect(second.locator("#work")).to_have_attribute("inert", "")
    second.locator("#take-over").click()
    ready(second)
    expect(second.locator(".picture-card")).to_have_count(1)
    expect(first.locator("#work")).to_have_attribute("inert", "")
    expect(first.locator("#other-tab")).to_be_visible()
    choose_faces(second, [60])
    second.close()
    ready(first)
    expect(first.locator("#other-tab")).to_be_hidden()
    expect(first.locator(".picture-card")).to_have_count(2)


@pytest.mark.parametrize("path", ["/", "/photo"])
def test_other_pages_lead_there(server: MirrorProcess, open_page: OpenPage, path: str) -> None:
    page: Page = open_page(server.url + path)
    page.get_by_role("link", name="Collect").click()
    ready(page)
