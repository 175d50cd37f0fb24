"""Without a camera, the page shows the reason and what to do."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Launch, OpenPage
from tests.e2e.live_page import has_face, open_settings, results, start_mirror
from tests.mirror_process import MirrorProcess

FAIL_JS = """navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException("no", "{name}"); }};"""
LAN_ADDRESS = "192.168.7.7"


def test_denied(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    page = open_page(server.url, launch("bare", permission="deny"))
    page.locator("#start").click()
    expect(page.get_by_role("heading", name="The camera is blocked")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#announcements")).to_contain_text("blocked")


def test_no_camera(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    page = open_page(server.url, launch(None))
    page.locator("#start").click()
    expect(page.get_by_role("heading", name="No camera found")).to_be_visible()
    expect(page.get_by_role("link", name="Use a photo")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "title"),
    [("NotReadableError", "The camera is in use"), ("TypeError", "The camera did not start")],
)
def test_other_reasons(server: MirrorProcess, open_page: OpenPage, name: str, title: str) -> None:
    page = open_page("about:blank")
    page.add_init_script(FAIL_JS.format(name=name))
    page.goto(server.url)
    if page.locator("#start").inner_text() == "Start the mirror":
        page.locator("#start").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_asking(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => new Promise(() => {});")
    page.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' });")
    page.goto(server.url)
    expect(page.get_by_text("are never stored, and are shown to nobody")).to_be_visible()
    page.locator("#start").click()
    expect(page.get_by_role("heading", name="Allow the camera")).to_be_visible()
    expect(page.locator("#start")).to_be_hidden()


def test_a_sample_needs_no_camera(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    page = open_page(server.url, launch(None))
    page.locator("#start").click()
    expect(page.get_by_role("heading", name="No camera found")).to_be_visible()
    page.get_by_role("button", name="Try a sample").click()
    expect(page.locator("#mirror")).to_have_attribute("data-state", "live")
    labels = {face["label"] for one in results(page, 40, has_face) for face in one["result"]["faces"]}
    assert len(labels) > 1
    page.locator("#stop").click()
    expect(page.locator("#start")).to_be_visible()
    assert page.locator("#video").evaluate("v => [v.currentSrc, v.videoWidth]")[1] == 0


def test_plain_http_on_a_lan_address(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    browser = launch("bare", f"--host-resolver-rules=MAP {LAN_ADDRESS} 127.0.0.1")
    for path, button in (("/", None), ("/photo", "#use-camera"), ("/video", "#use-camera")):
        page = open_page(f"http://{LAN_ADDRESS}:{server.port}{path}", browser, allowed="Cross-Origin-Opener-Policy")
        if button:
            page.locator(button).click()
        expect(page.get_by_text("The camera needs a secure address").first).to_be_visible()
        expect(page.get_by_text("--https").first).to_be_visible()


def test_two_cameras_can_be_chosen_from(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    page = open_page(server.url, launch(None, "--use-fake-device-for-media-stream=device-count=2"))
    start_mirror(page)
    open_settings(page)
    chooser = page.get_by_label("Camera")
    expect(chooser.locator("option")).to_have_count(2)
    first = page.evaluate("() => document.getElementById('video').srcObject.getVideoTracks()[0].label")
    chooser.select_option(index=1)
    page.wait_for_timeout(1500)
    second = page.evaluate("() => document.getElementById('video').srcObject.getVideoTracks()[0].label")
    assert first != second
    assert chooser.evaluate("select => select.selectedIndex") == 1


def test_a_remembered_camera_that_is_gone_gives_way_to_another(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script("localStorage.setItem('mask-mirror.camera', JSON.stringify('gone'));")
    page.goto(server.url)
    start_mirror(page)
    results(page, 1, has_face)
