"""The live page: boxes on the faces at every size, snapshots, controls, reconnection."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import DESK, PHONE, Launch, OpenPage
from tests.e2e.live_page import LabelScores, frames_sent, has_face, largest, results, start_mirror, until
from tests.e2e.moving_face import BIT_PX, BITS, FRAMES, HEIGHT, WIDTH, Box, face_box, face_frame, iou, wandering
from tests.mirror_process import ROOT, MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr

GREY_BGR = (0xCD, 0xC6, 0xBC)
"""Colour of the tag of a face that is not sure."""

LAG_FRAMES = 15
"""The video advances while a frame is processed; the face may have been at any of these positions."""


def shown_at(box: Box, page: Page) -> Box:
    """Compute independently where a box of the video is on the screen, in CSS pixels of the stage, mirrored."""
    width, height, fit = page.locator("#video").evaluate(
        "v => [v.clientWidth, v.clientHeight, getComputedStyle(v).objectFit]"
    )
    scale = (max if fit == "cover" else min)(width / WIDTH, height / HEIGHT)
    left, top = (width - WIDTH * scale) / 2, (height - HEIGHT * scale) / 2
    x1, y1, x2, y2 = box
    return left + (WIDTH - x2) * scale, top + y1 * scale, left + (WIDTH - x1) * scale, top + y2 * scale


def best_overlap(result: dict, page: Page) -> float:
    drawn = largest(result["marks"])
    return max(
        iou(drawn, shown_at(face_box(wandering((result["number"] - back) % FRAMES)), page))
        for back in range(LAG_FRAMES)
    )


@pytest.mark.parametrize("viewport", [PHONE, DESK, {"width": 740, "height": 360}], ids=["phone", "desk", "sideways"])
def test_the_box_lies_on_the_face(server: MirrorProcess, open_page: OpenPage, viewport: ViewportSize) -> None:
    page = open_page(server.url, viewport=viewport)
    start_mirror(page)
    overlaps = [best_overlap(result, page) for result in results(page, 12, has_face)]
    assert np.median(overlaps) > 0.5, overlaps
    expect(page.locator("#status")).to_contain_text("1 face")


@pytest.mark.parametrize("fit", ["contain", "cover"])
def test_the_box_lies_on_the_face_however_the_picture_fits(
    server: MirrorProcess, open_page: OpenPage, fit: str
) -> None:
    page = open_page(server.url)
    start_mirror(page)
    page.locator("#video").evaluate(
        "(v, fit) => { v.style.objectFit = fit; v.parentElement.style.aspectRatio = '1 / 1' }", fit
    )
    overlaps = [best_overlap(result, page) for result in results(page, 8, has_face)]
    assert np.median(overlaps) > 0.5, overlaps


def test_masked_and_bare_faces_get_their_labels(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    bare, masked = open_page(server.url), open_page(server.url, launch("masked"))
    for page, label in ((bare, "without_mask"), (masked, "with_mask")):
        start_mirror(page)
        labels = [face["label"] for one in results(page, 5, has_face) for face in one["result"]["faces"]]
        assert labels.count(label) > len(labels) / 2, labels
        page.locator("#stop").click()


def test_a_snapshot_shows_the_box_on_its_own_frame(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    results(page, 2, has_face)
    with page.expect_download() as download:
        page.locator("#snapshot").click()
    assert download.value.suggested_filename.endswith(".png")
    picture = cv2.imread(str(download.value.path()))
    assert picture.shape == (HEIGHT, WIDTH, 3)
    unmirrored = picture[:, ::-1]
    bits = [int(unmirrored[BIT_PX // 2, bit * BIT_PX + BIT_PX // 2, 0] > 127) for bit in range(BITS)]
    place = wandering(sum(value << bit for bit, value in enumerate(bits)))
    gt = face_box(place)
    bare = face_frame(astronaut_bgr(), place)[:, ::-1]
    # The lower half of the face contains lines of the box only; the tag above may be wider than the face.
    lower = slice(int((gt[1] + gt[3]) / 2), int(gt[3]))
    drawn = np.flatnonzero(np.abs(picture.astype(int) - bare)[lower].max(axis=2).max(axis=0) > 90)
    assert abs(drawn.min() - (WIDTH - gt[2])) < 35
    assert abs(drawn.max() - (WIDTH - gt[0])) < 35


def test_mirror_image_can_be_switched_off(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    page.locator("#mirrored").uncheck()
    result = results(page, 3, has_face)[-1]
    width = page.locator("#overlay").evaluate("c => c.clientWidth")
    x1 = min(face["box"][0] for face in result["result"]["faces"])
    assert min(mark["x"] for mark in result["marks"]) == pytest.approx(x1 * width / result["result"]["width"], abs=1)


def test_the_threshold_hides_faces(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    results(page, 1, has_face)
    page.locator("#threshold").fill("1")
    expect(page.locator("#status")).to_have_text("No face in view")
    expect(page.locator("#threshold-value")).to_have_text("100\u00a0%")
    assert results(page, 1, has_face)[0]["marks"] == []


def test_a_lower_threshold_is_sent(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sent = frames_sent(page)
    page.goto(server.url)
    start_mirror(page)
    until(lambda: sent, 3, page)
    threshold = page.locator("#threshold")
    initial = threshold.input_value()
    assert all(set(meta) == {"seq", "captured_ms"} for meta in sent)
    for chosen, expected in (("0.3", 0.3), ("0.45", 0.45), (initial, None), ("0.95", None)):
        threshold.fill(chosen)
        expect(page.locator("#threshold-value")).to_have_text(f"{float(chosen) * 100:.0f}\u00a0%")
        # Two frames may have been in flight, and Playwright reports them late.
        page.wait_for_timeout(500)
        sent.clear()
        until(lambda: sent, 3, page)
        assert {meta.get("score_threshold") for meta in sent} == {expected}


def test_the_slider_starts_at_the_shipped_threshold(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    shipped = float(page.locator("#main").get_attribute("data-score-threshold") or "")
    threshold = page.locator("#threshold")
    assert float(threshold.input_value()) == pytest.approx(shipped, abs=0.005)
    assert threshold.get_attribute("min") == "0.3"
    threshold.fill("1")
    assert threshold.input_value() == "1"


def test_a_face_below_60_percent_is_not_sure_until_66(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    scores = LabelScores(0.63)
    page.route_web_socket("**/socket.io/**", scores.between)
    page.goto(server.url)
    start_mirror(page)
    status = page.locator("#status")
    expect(status).to_have_text("1 face: without a mask")
    scores.score = 0.55
    expect(status).to_have_text("1 face: not sure")
    expect(page.locator("#announcements")).to_have_text("1 face: not sure")
    result = results(page, 2, has_face)[-1]
    assert [face["label"] for face in result["result"]["faces"]] == ["without_mask"]
    assert [mark["state"] for mark in result["marks"]] == ["not_sure"]
    scores.score = 0.63
    page.wait_for_timeout(500)
    states = [mark["state"] for one in results(page, 3, has_face) for mark in one["marks"]]
    assert set(states) == {"not_sure"}
    with page.expect_download() as download:
        page.locator("#snapshot").click()
    picture = cv2.imread(str(download.value.path()))
    assert (picture == GREY_BGR).all(axis=2).sum() > 500
    scores.score = 0.66
    expect(status).to_have_text("1 face: without a mask")
    scores.score = 0.63
    page.wait_for_timeout(500)
    states = [mark["state"] for one in results(page, 3, has_face) for mark in one["marks"]]
    assert set(states) == {"without_mask"}


def test_a_hidden_tab_pauses(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sent: list[int] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda data: sent.append(len(data))))
    page.goto(server.url)
    start_mirror(page)
    results(page, 2)
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    expect(page.locator("#status")).to_have_text("Paused while this tab is hidden")
    page.wait_for_timeout(1000)
    before = sum(size > 1000 for size in sent)
    page.wait_for_timeout(2000)
    assert sum(size > 1000 for size in sent) == before
    page.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')) }")
    results(page, 2)


def test_the_camera_is_closed_with_the_mirror(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    track = page.evaluate_handle("() => document.getElementById('video').srcObject.getVideoTracks()[0]")
    page.locator("#stop").click()
    assert track.evaluate("track => track.readyState") == "ended"
    expect(page.locator("#start")).to_be_visible()


@pytest.mark.parametrize("async_mode", ["eventlet", "threading"])
def test_it_reconnects_after_the_server_restarts(tmp_path: Path, open_page: OpenPage, async_mode: str) -> None:
    with mirror_process(tmp_path, async_mode) as first:
        page = open_page(first.url, allowed="WebSocket")
        start_mirror(page)
        results(page, 2)
        first.process.send_signal(signal.SIGTERM)
        expect(page.locator("#status")).to_contain_text("restarting", timeout=20_000)
        first.process.wait(timeout=30)
        page.wait_for_timeout(2000)
        with subprocess.Popen(first.process.args, cwd=ROOT) as second:
            try:
                found = results(page, 5)
                assert all(one["delay_ms"] < 3000 for one in found), "frames were queued while the server was away"
                until(lambda: page.locator("#status", has_text="face").all(), 1, page)
            finally:
                second.terminate()


def test_the_performance_metrics_are_shown(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    results(page, 5)
    page.locator("summary").click()
    expect(page.locator("[data-metric=round_trip]")).to_contain_text("ms")
    expect(page.locator("[data-metric=size]")).to_have_text(f"{WIDTH} × {HEIGHT}")
    expect(page.locator(".detector")).to_have_text(re.compile(r"^\s*Faces (and masks )?by "))


def test_the_libraries_are_missing(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank", allowed="404")
    page.route("**/vendor/**", lambda route: route.fulfill(status=404))
    page.goto(server.url)
    expect(page.get_by_role("heading", name="libraries are missing on this server")).to_be_visible()
    expect(page.locator("#start")).to_be_hidden()
    expect(page.get_by_role("link", name="Use a photo")).to_be_visible()


def test_the_screen_stays_awake_while_the_mirror_runs(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script(
        """window.awake = 0;
        const request = async () => ((awake += 1), { released: false, release: async () => (awake -= 1) });
        Object.defineProperty(navigator, "wakeLock", { value: { request } });"""
    )
    page.goto(server.url)
    start_mirror(page)
    page.wait_for_function("() => awake === 1")
    page.locator("#stop").click()
    page.wait_for_function("() => awake === 0")
