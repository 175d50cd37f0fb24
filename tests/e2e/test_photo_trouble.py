"""The photo page while photos wait, when they are removed or tried again, and when something cannot be saved."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.test_photo_page import save
from tests.mirror_process import MirrorProcess
from tests.pictures import encoded, masked_astronaut_bgr

AT_ONCE = 2
"""So many photos are with the server at a time."""

NO_FACES = {"width": 512, "height": 512, "faces": []}
BUSY = {"error": {"code": "busy", "message": "Busy."}}
FAIL_ONCE_JS = """() => {
  const real = OffscreenCanvas.prototype.convertToBlob;
  OffscreenCanvas.prototype.convertToBlob = async function () {
    OffscreenCanvas.prototype.convertToBlob = real;
    throw new Error("no memory");
  };
}"""
NO_FRAME_YET_JS = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const stream = canvas.captureStream(0);
  window.giveFrames = () => {
    const draw = () => {
      canvas.getContext("2d").fillRect(0, 0, Math.random() * 64, 48);
      stream.getVideoTracks()[0].requestFrame();
    };
    setInterval(draw, 50);
  };
  return stream;
};
"""


class Server:
    """Holds the page's photos until the test answers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked = 0
        self.held: list[Route] = []
        page.route("**/api/v1/detect", self._hold)

    def _hold(self, route: Route) -> None:
        self.asked += 1
        self.held.append(route)

    def asked_for(self, count: int) -> None:
        """Wait until the page has sent so many photos; a little longer, so that one more would be seen."""
        for _ in range(300):
            if self.asked >= count:
                break
            self.page.wait_for_timeout(100)
        self.page.wait_for_timeout(500)
        assert self.asked == count

    def answer(self, status: int = 200) -> None:
        """Answer all that are held."""
        held, self.held = self.held, []
        for route in held:
            route.fulfill(status=status, json=NO_FACES if status == 200 else BUSY)


@pytest.fixture
def page(server: MirrorProcess, open_page: OpenPage) -> Page:
    return open_page(server.url + "/photo", allowed="Failed to load resource")


def give(page: Page, *names: str) -> None:
    photo = encoded(masked_astronaut_bgr(), "JPEG")
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/jpeg", "buffer": photo} for name in names]
    )


def test_a_photo_that_is_removed_while_it_waits_is_not_sent(page: Page) -> None:
    server = Server(page)
    give(page, "one.jpg", "two.jpg", "three.jpg")
    server.asked_for(AT_ONCE)
    page.get_by_role("button", name="Remove three.jpg").click()
    server.answer()
    expect(page.locator(".card[data-state=done]")).to_have_count(2)
    server.asked_for(AT_ONCE)


def test_the_answer_for_a_photo_that_was_removed_is_not_told(page: Page) -> None:
    server = Server(page)
    give(page, "one.jpg")
    server.asked_for(1)
    page.get_by_role("button", name="Remove one.jpg").click()
    server.answer(503)
    page.wait_for_timeout(3000)  # announcements wait for two seconds
    expect(page.locator("#announcements")).to_have_text("The server is busy.")
    page.get_by_role("button", name="Go on on this device").click()
    expect(page.locator("#place-notice")).to_be_hidden()
    page.wait_for_timeout(3000)
    expect(page.locator("#announcements")).not_to_contain_text("one.jpg")


def test_a_photo_that_is_tried_again_says_so_at_once_and_is_sent_once(page: Page) -> None:
    server = Server(page)
    give(page, "one.jpg")
    server.asked_for(1)
    server.answer(503)
    again = page.get_by_role("button", name="Try again: one.jpg")
    expect(again).to_be_visible()
    give(page, "two.jpg", "three.jpg")
    server.asked_for(1 + AT_ONCE)
    again.click()
    waiting = page.locator(".card", has_text="one.jpg")
    expect(waiting).to_have_attribute("data-state", "waiting", timeout=1000)
    expect(again).to_be_hidden()
    expect(page.get_by_role("button", name="Remove one.jpg")).to_be_focused()
    server.answer()
    server.asked_for(2 + AT_ONCE)
    server.answer()
    expect(page.locator(".card[data-state=done]")).to_have_count(3)


def test_pictures_that_could_not_be_saved_can_be_saved_again(page: Page) -> None:
    give(page, "one.jpg", "two.jpg")
    expect(page.locator(".card[data-state=done]")).to_have_count(2)
    page.evaluate(FAIL_ONCE_JS)
    button = page.get_by_role("button", name="Save all pictures")
    button.click()
    expect(page.locator("#save-error")).to_have_text(
        "The pictures could not be saved. Try again, or save them one by one."
    )
    expect(button).to_be_enabled()
    expect(button).to_be_focused()
    archive = zipfile.ZipFile(save(page, "Save all pictures").path())
    assert len(archive.namelist()) == 3
    expect(page.locator("#save-error")).to_be_hidden()


def test_a_picture_that_could_not_be_saved_can_be_saved_again(page: Page) -> None:
    give(page, "one.jpg")
    expect(page.locator(".card[data-state=done]")).to_have_count(1)
    page.evaluate(FAIL_ONCE_JS)
    page.get_by_role("button", name="Save picture").click()
    problem = page.locator(".card [data-part=problem]")
    expect(problem).to_have_text("This picture could not be saved. Try again.")
    assert save(page, "Save picture").suggested_filename == "one-masks.png"
    expect(problem).to_be_hidden()


def test_a_photo_is_taken_only_once_the_camera_gives_pictures(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script(NO_FRAME_YET_JS)
    page.goto(server.url + "/photo")
    page.locator("#use-camera").click()
    shutter = page.locator("#take-photo")
    expect(shutter).to_be_visible()
    expect(shutter).to_be_disabled()
    page.evaluate("() => giveFrames()")
    expect(shutter).to_be_enabled()
    expect(shutter).to_be_focused()
    shutter.click()
    expect(page.locator(".card[data-state=done]")).to_have_count(1)
