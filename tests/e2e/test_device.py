"""On this device: the choice on both pages, what the pages say, and the way back to the server when something fails."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import frames_sent, has_face, results, start_mirror, until
from tests.e2e.test_access import axe_violations, overflows
from tests.e2e.test_live_page import best_overlap
from tests.e2e.test_photo_page import give
from tests.mirror_process import ROOT, MirrorProcess, mirror_process
from tests.pictures import encoded, masked_astronaut_bgr
from tests.slow_link import slow_link

WORKER = (ROOT / "static" / "js" / "device" / "worker.js").read_text(encoding="utf-8")
NOW_JS = "() => performance.timeOrigin + performance.now()"
POLICY = "default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self'"
ON_DEVICE, ON_SERVER = "On this device", "On the server"


def changed_worker(page: Page, before: str = "", wasm: bool = True) -> None:
    """Put code in front of the worker's, or take WebAssembly from it; call before the page is opened."""
    headers = {"Content-Security-Policy": POLICY + " 'wasm-unsafe-eval'" * wasm}
    headers |= {"Cross-Origin-Embedder-Policy": "require-corp", "Content-Type": "text/javascript"}
    page.route("**/device/worker.js", lambda route: route.fulfill(body=before + WORKER, headers=headers))


def open_after(
    open_page: OpenPage, server: MirrorProcess, prepare: Callable[[Page], None] = bool, path: str = "/"
) -> Page:
    page = open_page("about:blank", allowed="worker.js")
    prepare(page)
    page.goto(server.url + path)
    return page


def choose_device(page: Page) -> None:
    """Choose the device on the live page, in the settings."""
    page.locator("#settings-button").click()
    # Not `check`: where the device fails at once, the server is chosen again before Playwright looks.
    page.get_by_label("On this device").click()
    page.keyboard.press("Escape")


def open_on_device(open_page: OpenPage, server: MirrorProcess, prepare: Callable[[Page], None]) -> Page:
    """Open the live page after a preparation, start the mirror, and choose the device."""
    page = open_after(open_page, server, prepare)
    start_mirror(page)
    choose_device(page)
    return page


def test_the_mirror_goes_on_when_the_device_takes_over(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sent = frames_sent(page)
    page.goto(server.url)
    start_mirror(page)
    results(page, 2, has_face)
    expect(page.locator(".where span:visible")).to_have_text(ON_SERVER)
    choose_device(page)
    expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
    moved_ms = page.evaluate(NOW_JS)
    found = results(page, 6, has_face)
    assert np.median([best_overlap(one, page) for one in found]) > 0.5
    assert {face["label"] for one in found for face in one["result"]["faces"]} == {"without_mask"}
    assert all(isinstance(face["track_id"], int) for one in found for face in one["result"]["faces"])
    assert [meta for meta in sent if meta["captured_ms"] > moved_ms] == []
    assert axe_violations(page) == []
    assert not overflows(page)
    page.locator("#settings-button").click()
    page.get_by_label("On the server").check()
    page.keyboard.press("Escape")
    expect(page.locator(".where span:visible")).to_have_text(ON_SERVER)
    back_ms = page.evaluate(NOW_JS)
    until(lambda: [meta for meta in sent if meta["captured_ms"] > back_ms], 2, page)


def test_the_device_is_remembered_and_then_no_frame_is_sent(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sent = frames_sent(page)
    page.goto(server.url)
    start_mirror(page)
    page.locator("#stop").click()
    page.locator("[data-go=device]").click()
    expect(page.locator("#privacy span:visible")).to_contain_text("stay on this device")
    expect(page.locator("[data-go=server]")).to_be_focused()
    moved_ms = page.evaluate(NOW_JS)
    page.reload()
    start_mirror(page)
    results(page, 3, has_face)
    expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
    assert [meta for meta in sent if meta["captured_ms"] > moved_ms] == []


def test_a_photo_on_the_device(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("On this device").check()
    expect(page.get_by_text("Photos stay on this device")).to_be_visible()
    assert axe_violations(page) == []
    give(page, "masked.jpg", encoded(masked_astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: with a mask")
    give(page, "cut.jpg", b"\xff\xd8\xff\xe0" + bytes(200))
    expect(page.locator(".card[data-state=failed] h2")).to_contain_text("damaged")
    assert not [url for url in asked if "/api/" in url]


@pytest.mark.parametrize("box", ["A second network for masks", "A larger network for faces"])
def test_further_models_load_when_they_are_chosen(server: MirrorProcess, open_page: OpenPage, box: str) -> None:
    page = open_page(server.url + "/photo")
    page.get_by_label("On this device").check()
    expect(page.get_by_text("Photos stay on this device")).to_be_visible()
    with page.expect_request("**/models/*"):
        page.get_by_label(box).check()
    expect(page.locator("#place-notice")).to_be_hidden()
    give(page, "masked.jpg", encoded(masked_astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: with a mask")


def cut(route: Route) -> None:
    route.fulfill(body=route.fetch().body()[:-1000], content_type="application/octet-stream")


def test_row_45_a_model_that_arrives_cut_goes_back_to_the_server(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_on_device(open_page, server, lambda page: page.route("**/models/multiface.tflite*", cut))
    expect(page.locator("#place-text")).to_contain_text("arrived cut or in another version than this page needs")
    expect(page.locator("#place-text")).to_contain_text("Pictures go to the server instead")
    expect(page.locator("#announcements")).to_contain_text("Pictures go to the server instead")
    results(page, 2, has_face)
    expect(page.locator(".where span:visible")).to_have_text(ON_SERVER)


def test_row_45_a_model_that_is_old_once_is_fetched_anew(server: MirrorProcess, open_page: OpenPage) -> None:
    def old_once(page: Page) -> None:
        page.route("**/models/multiface.tflite*", lambda route: route.fulfill(body=b"an older model"), times=1)

    page = open_on_device(open_page, server, old_once)
    expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
    expect(page.locator("#place-notice")).to_be_hidden()


NO_MEMORY_JS = """
WebAssembly.instantiate = WebAssembly.instantiateStreaming = async () => {
  throw new RangeError("WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance");
};
"""
NO_ROOM_JS = """
Cache.prototype.put = async () => { throw new DOMException("no room", "QuotaExceededError"); };
"""
CRASH_JS = """
self.addEventListener("message", ({ data }) => {
  if (data.kind === "frame" && data.meta.seq > 3) throw new Error("the worker broke");
});
"""
WRONG_JS = """
const fetched = self.fetch;
self.fetch = async (url, options) => {
  const response = await fetched(url, options);
  if (!String(url).endsWith("device.json")) return response;
  const device = await response.json();
  device.models.multiface.card.known_answer.outputs[0][3] += 0.5;
  return Response.json(device);
};
"""


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda page: changed_worker(page, wasm=False), "does not allow WebAssembly"),
        (lambda page: changed_worker(page, NO_MEMORY_JS), "not enough memory"),
        (lambda page: page.add_init_script("delete window.Worker"), "cannot run detection in the background"),
        (lambda page: page.route("**/device/worker.js", lambda route: route.abort()), "cannot run detection"),
        (lambda page: page.route("**/vendor/litert/core.js", lambda route: route.abort()), "could not be loaded"),
    ],
    ids=["policy", "memory", "no-worker", "no-script", "no-library"],
)
def test_row_46_webassembly_that_is_refused_goes_back_to_the_server(
    server: MirrorProcess, open_page: OpenPage, prepare: Callable[[Page], None], sentence: str
) -> None:
    page = open_on_device(open_page, server, prepare)
    expect(page.locator("#place-text")).to_contain_text(sentence)
    expect(page.locator("#place-text")).to_contain_text("Pictures go to the server instead")
    results(page, 2, has_face)


def test_a_worker_that_breaks_later_goes_back_to_the_server(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_on_device(open_page, server, lambda page: changed_worker(page, CRASH_JS))
    expect(page.locator("#place-text")).to_contain_text("stopped unexpectedly. Pictures go to the server instead")
    results(page, 2, has_face)


def test_wrong_numbers_are_noticed_before_the_first_frame(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_on_device(open_page, server, lambda page: changed_worker(page, WRONG_JS))
    expect(page.locator("#place-text")).to_contain_text("failed its self-test")
    results(page, 2, has_face)


def test_without_room_for_the_models_the_page_says_so_and_goes_on(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_on_device(open_page, server, lambda page: changed_worker(page, NO_ROOM_JS))
    expect(page.locator("#place-text")).to_contain_text("no room to keep the models")
    expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
    results(page, 2, has_face)


class SlowReplies:
    """Holds back each reply of the server to a page."""

    def __init__(self, page: Page, delay_ms: float) -> None:
        self.page, self.delay_ms = page, delay_ms
        page.route_web_socket("**/socket.io/**", self.between)

    def between(self, page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()

        def later(message: str | bytes) -> None:
            if isinstance(message, str) and message.startswith("43"):
                self.page.wait_for_timeout(self.delay_ms)
            page_side.send(message)

        server_side.on_message(later)


def test_a_slow_server_offers_the_device(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_after(open_page, server, lambda page: bool(SlowReplies(page, 1500)))
    start_mirror(page)
    expect(page.locator("#place-text")).to_have_text("The server answers slowly.")
    page.get_by_role("button", name="Go on on this device").click()
    expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
    expect(page.locator("#place-notice")).to_be_hidden()
    expect(page.locator("#settings-button")).to_be_focused()
    results(page, 3, has_face)


def test_on_a_slow_link_frames_are_smaller_and_the_page_says_so(server: MirrorProcess, open_page: OpenPage) -> None:
    with slow_link(server.port) as link:
        page = open_page(f"http://127.0.0.1:{link.port}")
        start_mirror(page)
        usual_px = min(one["result"]["width"] for one in results(page, 3, has_face))
        link.bytes_per_s = 25_000  # 200 kbit/s
        expect(page.locator("#place-text")).to_contain_text("Slow connection")
        assert axe_violations(page) == []
        results(page, 5, lambda one: one["result"]["width"] < usual_px)
        link.bytes_per_s = None
        expect(page.locator("#place-notice")).to_be_hidden(timeout=60_000)


def test_the_mirror_goes_on_by_itself_when_the_server_is_gone(tmp_path: Path, open_page: OpenPage) -> None:
    with mirror_process(tmp_path, "eventlet") as mirror:
        page = open_page(mirror.url, allowed=" ", service_workers="allow")
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        start_mirror(page)
        choose_device(page)
        expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
        page.locator("#settings-button").click()
        page.get_by_label("On the server").check()
        page.keyboard.press("Escape")
        results(page, 1, has_face)
        mirror.process.send_signal(signal.SIGTERM)
        mirror.process.wait(timeout=60)
        expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
        results(page, 3, has_face)
        # The installed page, opened anew without the server.
        page.goto(mirror.url)
        start_mirror(page)
        expect(page.locator(".where span:visible")).to_have_text(ON_DEVICE)
        results(page, 3, has_face)


def test_photos_that_the_server_cannot_take_are_offered_to_the_device(
    server: MirrorProcess, open_page: OpenPage
) -> None:
    page = open_page("about:blank", allowed="Failed to load resource")
    busy = {"error": {"code": "busy", "message": "Busy."}}
    page.route("**/api/v1/detect", lambda route: route.fulfill(status=503, json=busy))
    page.goto(server.url + "/photo")
    give(page, "masked.jpg", encoded(masked_astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=failed]")).to_be_visible()
    expect(page.locator("#place-text")).to_have_text("The server is busy.")
    page.get_by_role("button", name="Go on on this device").click()
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: with a mask")
    expect(page.get_by_label("On this device")).to_be_focused()
