"""A real server, a real browser, and a fake camera that shows a video of a real face."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, ViewportSize, expect, sync_playwright

from tests.e2e import moving_face
from tests.mirror_process import MirrorProcess, mirror_process

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
RECORD_RESULTS_JS = f"""
window.results = [];
document.addEventListener("mirror:faces", (event) => {{
  const video = document.getElementById("video");
  results.push({{ number: ({moving_face.READ_NUMBER_JS})(video), ...event.detail }});
}});
"""
"""Records every `mirror:faces` event, with the number of the frame that the video shows at that time."""

Launch = Callable[..., Browser]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """The server that most of these tests visit."""
    with mirror_process(tmp_path_factory.mktemp("e2e"), "eventlet") as running:
        yield running


@pytest.fixture(scope="package")
def camera_video(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Videos for the fake camera by name, each made at its first use."""
    folder = tmp_path_factory.mktemp("videos")
    writers: dict[str, Callable[[Path], Path]] = {
        "bare": moving_face.write_face_video,
        "masked": partial(moving_face.write_face_video, masked=True),
        "left": partial(moving_face.write_face_video, where=moving_face.on_the_left),
        "right": partial(moving_face.write_face_video, where=moving_face.on_the_right),
        "nobody": moving_face.write_empty_video,
    }
    return cache(lambda name: writers[name](folder / f"{name}.mjpeg"))


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright, for as long as the tests of this folder run."""
    # A browser and a server that have just started can need more than the default of five seconds.
    expect.set_options(timeout=30_000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def launch(playwright: Playwright, camera_video: Callable[[str], Path]) -> Iterator[Launch]:
    """Start a browser, one for each set of arguments: `launch("bare")`, `launch(None, "--more")`."""
    browsers: dict[tuple[str, ...], Browser] = {}

    def start(video: str | None, *more: str, permission: str = "") -> Browser:
        camera = []
        if video is not None:
            camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera_video(video)}"]
        ask = "--use-fake-ui-for-media-stream" + (f"={permission}" if permission else "")
        arguments = (*ARGUMENTS, ask, *camera, *more)
        if arguments not in browsers:
            browsers[arguments] = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(arguments)
            )
        return browsers[arguments]

    yield start
    for browser in browsers.values():
        browser.close()


@pytest.fixture
def open_page(launch: Launch) -> Iterator[OpenPage]:
    """Open a page in a context of its own; at the end, its console must contain no errors or warnings."""
    contexts, messages = [], []

    def record(message: ConsoleMessage, allowed: str | None) -> None:
        # Said of each page whose context blocks service workers, see `start`.
        expected = "registration blocked by Playwright" in message.text or (allowed and allowed in message.text)
        if message.type in ("error", "warning") and not expected:
            messages.append(f"{message.type}: {message.text}")

    def start(url: str, browser: Browser | None = None, allowed: str | None = None, **options: object) -> Page:
        # Playwright's routes do not see what a service worker answers; tests of the installed page allow it.
        usual = {"viewport": DESK, "service_workers": "block"}
        context = (browser or launch("bare")).new_context(**{**usual, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(RECORD_RESULTS_JS)
        page.on("console", lambda message: record(message, allowed))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(url)
        return page

    yield start
    for context in contexts:
        context.close()
    assert messages == []
