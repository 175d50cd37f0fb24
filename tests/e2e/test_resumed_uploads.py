"""Uploads of the video page that break off and go on: after a lost connection, a reload, at another server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.conftest import PHONE, OpenPage
from tests.mirror_process import MirrorProcess
from tests.slow_link import SlowLink, slow_link
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import wait_for

BYTES_PER_S = 400_000
SENT_BYTES = 300_000
TROUBLE = "The server cannot be reached. The upload goes on by itself as soon as it can."


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of about a megabyte: seconds over the slow link."""
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (360, 480, 3), np.uint8) for _ in range(20)]
    path = make_video(tmp_path_factory.mktemp("video") / "noise.mp4", frames)
    assert path.stat().st_size > 3 * SENT_BYTES
    return path


@pytest.fixture
def link(server: MirrorProcess) -> Iterator[SlowLink]:
    with slow_link(server.port) as running:
        yield running


class Uploads:
    """What a page asks the server about uploads."""

    def __init__(self, page: Page) -> None:
        self.begun = 0
        self.offsets: list[int] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if "/api/v1/uploads" not in request.url:
            return
        self.begun += request.method == "POST"
        if request.method == "PATCH":
            self.offsets.append(int(request.headers["upload-offset"]))


@pytest.fixture
def visit(link: SlowLink, open_page: OpenPage) -> Callable[..., Page]:
    """Open the video page over the link, which is slow from then on."""

    def start(**options: object) -> Page:
        page = open_page(f"http://127.0.0.1:{link.port}/video", allowed="Failed to load resource", **options)
        expect(page.locator("#no-videos")).to_be_visible()
        link.bytes_per_s = BYTES_PER_S
        return page

    return start


def choose(page: Page, video: Path) -> None:
    page.locator("input[type=file]").set_input_files(video)


def some_is_sent(page: Page, link: SlowLink) -> None:
    expect(page.locator("#uploads .video")).to_contain_text("Uploading: ")
    before = link.carried_bytes
    wait_for(lambda: link.carried_bytes > before + SENT_BYTES)


def finished(page: Page) -> None:
    expect(page.locator("#uploads .video")).to_have_count(0, timeout=60_000)
    expect(page.locator("#videos .video[data-state=succeeded]")).to_have_count(1, timeout=90_000)
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('tus::'))") == []


def test_after_a_lost_connection_the_upload_goes_on(link: SlowLink, visit: Callable[..., Page], noise: Path) -> None:
    page = visit(viewport=PHONE)
    uploads = Uploads(page)
    choose(page, noise)
    some_is_sent(page, link)
    expect(page.locator("#videos .video")).to_have_count(0)
    link.cut()
    card = page.locator("#uploads .video[data-state=sending]")
    expect(card).to_contain_text(TROUBLE)
    expect(page.locator("#announcements")).to_have_text(f"noise.mp4: {TROUBLE}")
    link.bytes_per_s, link.is_up = None, True
    finished(page)
    assert uploads.begun == 1
    assert uploads.offsets[0] == 0
    assert uploads.offsets[-1] > SENT_BYTES / 2, "what has arrived is not sent again"
    assert all(before <= after for before, after in pairwise(uploads.offsets))


def test_after_errors_of_a_proxy_the_upload_goes_on(visit: Callable[..., Page], link: SlowLink, noise: Path) -> None:
    page = visit()
    uploads = Uploads(page)
    left = ["PATCH", "HEAD"]

    def bad_gateway(route: Route) -> None:
        if route.request.method not in left:
            return route.continue_()
        left.remove(route.request.method)
        return route.fulfill(status=502, body="Bad gateway")

    page.route("**/api/v1/uploads/*", bad_gateway)
    link.bytes_per_s = None
    choose(page, noise)
    finished(page)
    assert left == []
    assert uploads.begun == 1, "the upload goes on with what it has begun"


def test_after_a_reload_the_same_file_goes_on(link: SlowLink, visit: Callable[..., Page], noise: Path) -> None:
    page = visit()
    choose(page, noise)
    some_is_sent(page, link)
    link.cut()
    page.goto("about:blank")  # with the link up, a page that is slow to leave could send the rest before it does
    link.is_up = True
    page.goto(f"http://127.0.0.1:{link.port}/video")
    waiting = page.locator("#videos .video[data-state=uploading]")
    expect(waiting).to_contain_text("If it has stopped, choose the same file again.")
    uploads = Uploads(page)
    choose(page, noise)
    expect(waiting).to_have_count(0)
    link.bytes_per_s = None
    finished(page)
    assert uploads.begun == 0
    assert uploads.offsets[-1] > SENT_BYTES / 2


def test_a_cancelled_upload_is_gone(link: SlowLink, visit: Callable[..., Page], noise: Path) -> None:
    page = visit()
    choose(page, noise)
    some_is_sent(page, link)
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        page.get_by_role("button", name="Cancel").click()
    assert deleted.value.status == 204
    page.reload()
    expect(page.locator("#no-videos")).to_be_visible()
    uploads = Uploads(page)
    link.bytes_per_s = None
    choose(page, noise)
    finished(page)
    assert (uploads.begun, uploads.offsets) == (1, [0])


def test_a_file_that_is_gone_is_named(link: SlowLink, visit: Callable[..., Page], noise: Path, tmp_path: Path) -> None:
    page = visit()
    video = tmp_path / "gone.mp4"
    video.write_bytes(noise.read_bytes())
    choose(page, video)
    some_is_sent(page, link)
    video.unlink()
    link.cut()
    expect(page.locator("#uploads .video[data-state=failed]")).to_contain_text("This file can no longer be read.")
    link.is_up = True
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#videos .video[data-state=uploading]")).to_have_count(0)


def test_what_was_begun_long_ago_is_forgotten(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate(
        """() => {
          const upload = (creationTime) => JSON.stringify({ size: 1, metadata: {}, creationTime, uploadUrl: "x" });
          localStorage.setItem("tus::old::1", upload(new Date(Date.now() - 2 * 24 * 3600 * 1000).toString()));
          localStorage.setItem("tus::new::2", upload(new Date().toString()));
        }"""
    )
    page.reload()
    expect(page.locator("#no-videos")).to_be_visible()
    keys = "() => Object.keys(localStorage).filter((key) => key.startsWith('tus::'))"
    assert page.evaluate(keys) == ["tus::new::2"]
