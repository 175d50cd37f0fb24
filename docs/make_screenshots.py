"""Make the README's pictures: `python docs/make_screenshots.py`.

Runs the server on a free port, shows scikit-image's astronaut (public domain) to a fake camera, and writes
WebP files into docs/img.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.browser import FAKE_CAMERA  # noqa: E402
from tests.e2e.collect_page import choose_faces, ready  # noqa: E402
from tests.e2e.conftest import ARGUMENTS, DESK, PHONE  # noqa: E402
from tests.e2e.live_page import start_mirror  # noqa: E402
from tests.e2e.moving_face import face_frame, wandering, write_frames  # noqa: E402
from tests.e2e.test_own_classifier import AS_THEY_ARE, collect, finished, labelled_zip, own_mark  # noqa: E402
from tests.mirror_process import mirror_process  # noqa: E402
from tests.pictures import astronaut_bgr, jpeg, low_masked_astronaut_bgr, masked_astronaut_bgr  # noqa: E402
from tests.video_maker import make_video  # noqa: E402
from webapp.vision.frames import Frame  # noqa: E402

PICTURES = ROOT / "docs" / "img"


def two_faces() -> Frame:
    """Return the astronaut twice, bare and with a drawn mask, uint8 (480, 640, 3) BGR."""
    # Back to back, so that no hard edge between the two resembles a face.
    left, right = astronaut_bgr()[20:420, 60:327], masked_astronaut_bgr()[20:420, 60:327][:, ::-1]
    return cv2.resize(np.hstack([left, right]), (640, 480))


def main() -> None:
    """Make all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        camera = write_frames(folder / "camera.mjpeg", (two_faces() for _ in range(30)))
        video = make_video(folder / "astronaut.mp4", [face_frame(astronaut_bgr(), wandering(i)) for i in range(120)])
        low = face_frame(low_masked_astronaut_bgr(), wandering(0))
        low_camera = write_frames(folder / "low.mjpeg", (low for _ in range(30)))
        browser, low_browser = launch(playwright, camera), launch(playwright, low_camera)
        with mirror_process(folder / "data", "eventlet") as server:
            take(browser, server.url, "mirror-light", DESK, "light", show_mirror)
            take(browser, server.url, "mirror-dark", DESK, "dark", show_mirror)
            take(browser, server.url, "mirror-phone", PHONE, "light", show_mirror)
            take(browser, server.url + "/door", "door", DESK, "light", show_door)
            take(browser, server.url + "/photo", "photo", DESK, "light", show_photo)
            take(browser, server.url + "/collect", "collect", DESK, "light", show_collect)
            take_way(low_browser, server.url)
            take(browser, server.url + "/video", "video", DESK, "dark", lambda page: show_video(page, video))
        browser.close()
        low_browser.close()


def launch(playwright: Playwright, camera: Path) -> Browser:
    """Start Chromium with a video as its camera."""
    arguments = [*ARGUMENTS, *FAKE_CAMERA, f"--use-file-for-fake-video-capture={camera}"]
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)


def take(
    browser: Browser, url: str, name: str, viewport: ViewportSize, theme: str, prepare: Callable[[Page], None]
) -> None:
    """Open a page, prepare it and write docs/img/NAME.webp."""
    context = browser.new_context(viewport=viewport, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    prepare(page)
    save(page.screenshot(full_page=True), name)
    context.close()


def save(screenshot: bytes, name: str) -> None:
    """Write docs/img/NAME.webp."""
    picture = cv2.imdecode(np.frombuffer(screenshot, np.uint8), cv2.IMREAD_COLOR)
    path = PICTURES / f"{name}.webp"
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_WEBP_QUALITY, 85])
    print(path)


def take_way(browser: Browser, url: str) -> None:
    """Write the three pictures of the way from a collection to the visitor's own classifier in the mirror."""
    context = browser.new_context(viewport={"width": 680, "height": 520})
    page = context.new_page()
    page.goto(url + "/collect")
    states = (*AS_THEY_ARE, (low_masked_astronaut_bgr(), "mask_worn_incorrectly"))
    collect(page, labelled_zip((1, 2), each=6, states=states))
    show_top(page, "#pictures-title")
    save(page.screenshot(), "way-1-collect")
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It helps")
    show_top(page, "#classifier-title")
    save(page.screenshot(), "way-2-classifier")
    page.locator("#fit-mirror").click()
    show_mirror(page)
    expect(own_mark(page)).to_be_visible()
    page.wait_for_timeout(1500)
    save(page.screenshot(), "way-3-mirror")
    context.close()


def show_top(page: Page, selector: str) -> None:
    """Scroll so that an element stands at the top of the window, and wait for the thumbnails."""
    page.locator(selector).evaluate("(element) => scrollTo(0, element.getBoundingClientRect().top + scrollY - 12)")
    page.wait_for_timeout(500)


def show_mirror(page: Page) -> None:
    """Run the mirror until it has detected a face."""
    start_mirror(page)
    expect(page.locator("#status")).to_contain_text("face", timeout=30_000)
    page.wait_for_timeout(1500)


def show_door(page: Page) -> None:
    """Run the door until it has shown a verdict."""
    page.wait_for_timeout(300)
    if page.locator("#start").is_visible():  # a browser that has allowed the camera starts by itself
        page.locator("#start").click()
    expect(page.locator("#door")).to_have_attribute("data-state", "live")
    page.wait_for_timeout(4000)


def show_collect(page: Page) -> None:
    """Collect pictures of two sittings."""
    ready(page)
    choose_faces(page, [0, 60, 120])
    page.locator("#new-sitting").click()
    choose_faces(page, [30, 90, 150])
    page.wait_for_timeout(500)


def show_photo(page: Page) -> None:
    """Choose a photo of the astronaut."""
    picture = {"name": "astronaut.jpg", "mimeType": "image/jpeg", "buffer": jpeg(two_faces())}
    page.locator("input[type=file]").set_input_files(picture)
    expect(page.locator(".card[data-state=done]")).to_be_visible(timeout=30_000)


def show_video(page: Page, video: Path) -> None:
    """Upload a video and seek to its middle."""
    page.locator("input[type=file]").set_input_files(video)
    expect(page.locator(".video[data-state=succeeded]")).to_be_visible(timeout=120_000)
    page.locator(".lanes .bars").first.wait_for()
    page.locator(".lanes").click()
    page.wait_for_timeout(1000)


if __name__ == "__main__":
    main()
