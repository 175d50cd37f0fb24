"""Make the README's pictures: `python docs/make_screenshots.py`.

Runs the server on a free port, shows scikit-image's astronaut (public domain) to a fake camera, and writes
PNG files into docs/img.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.conftest import ARGUMENTS, DESK, PHONE  # noqa: E402
from tests.e2e.live_page import start_mirror  # noqa: E402
from tests.e2e.moving_face import face_frame, wandering, write_frames  # noqa: E402
from tests.mirror_process import mirror_process  # noqa: E402
from tests.pictures import astronaut_bgr, jpeg, masked_astronaut_bgr  # noqa: E402
from tests.video_maker import make_video  # noqa: E402
from webapp.vision.crops import Frame  # noqa: E402

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
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                *ARGUMENTS,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera}",
            ],
        )
        with mirror_process(folder / "data", "eventlet") as server:
            take(browser, server.url, "mirror-light", DESK, "light", show_mirror)
            take(browser, server.url, "mirror-dark", DESK, "dark", show_mirror)
            take(browser, server.url, "mirror-phone", PHONE, "light", show_mirror)
            take(browser, server.url + "/photo", "photo", DESK, "light", show_photo)
            take(browser, server.url + "/video", "video", DESK, "dark", lambda page: show_video(page, video))
        browser.close()


def take(
    browser: Browser, url: str, name: str, viewport: ViewportSize, theme: str, prepare: Callable[[Page], None]
) -> None:
    """Open a page, prepare it and write docs/img/NAME.png."""
    context = browser.new_context(viewport=viewport, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    prepare(page)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    context.close()
    print(PICTURES / f"{name}.png")


def show_mirror(page: Page) -> None:
    """Run the mirror until it has detected a face."""
    start_mirror(page)
    expect(page.locator("#status")).to_contain_text("face", timeout=30_000)
    page.wait_for_timeout(1500)


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
