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
from tests.e2e.live_page import (
    LabelScores,
    frames_sent,
    has_face,
    largest,
    open_settings,
    results,
    save_picture,
    start_mirror,
    until,
)
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


def open_with_scores(open_page: OpenPage, server: MirrorProcess, score: float) -> tuple[Page, LabelScores]:
    """Start a mirror in which every face has this label score, until `scores.score` is another one."""
    page = open_page("about:blank")
    scores = LabelScores(score)
    page.route_web_socket("**/socket.io/**", scores.between)
    page.goto(server.url)
    start_mirror(page)
    return page, scores


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
    download = save_picture(page)
    assert download.suggested_filename.endswith(".png")
    picture = cv2.imread(str(download.path()))
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
    open_settings(page)
    page.locator("#mirrored").uncheck()
    result = results(page, 3, has_face)[-1]
    width = page.locator("#overlay").evaluate("c => c.clientWidth")
    x1 = min(face["box"][0] for face in result["result"]["faces"])
    assert min(mark["x"] for mark in result["marks"]) == pytest.approx(x1 * width / result["result"]["width"], abs=1)


def test_the_threshold_hides_faces(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    results(page, 1, has_face)
    open_settings(page)
    page.locator("#threshold").fill("1")
    expect(page.locator("#status")).to_have_text("1 face hidden by your setting")
    expect(page.locator("#verdict")).to_have_text("1 face hidden by your setting")
    expect(page.locator("#threshold-value")).to_have_text("below 100\u00a0%")
    assert results(page, 1, has_face)[0]["marks"] == []


def test_no_tag_shows_less_than_the_setting(server: MirrorProcess, open_page: OpenPage) -> None:
    page, scores = open_with_scores(open_page, server, 0.75)
    status = page.locator("#status")
    expect(status).to_have_text("1 face: without a mask")
    open_settings(page)
    page.locator("#threshold").fill("0.8")
    expect(status).to_have_text("1 face hidden by your setting")
    scores.score = 0.85
    expect(status).to_have_text("1 face: without a mask")


def test_settings_are_remembered(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    open_settings(page)
    page.locator("#threshold").fill("0.9")
    page.locator("#mirrored").uncheck()
    page.reload()
    start_mirror(page)
    expect(page.locator("#threshold-value")).to_have_text("below 90\u00a0%")
    expect(page.locator("#mirrored")).not_to_be_checked()
    assert page.locator("#video").get_attribute("class") == ""


def test_the_verdict_lies_on_the_picture_large_and_with_its_sign(
    server: MirrorProcess, open_page: OpenPage, launch: Launch
) -> None:
    page = open_page(server.url, launch("masked"))
    start_mirror(page)
    verdict = page.locator("#verdict")
    expect(verdict).to_have_text("Mask")
    expect(verdict.locator("svg.sign")).to_be_visible()
    stage, pill = page.locator(".stage").bounding_box(), verdict.locator("> span").bounding_box()
    assert stage
    assert pill
    assert stage["x"] < pill["x"]
    assert pill["y"] + pill["height"] <= stage["y"] + stage["height"]
    assert float(verdict.evaluate("v => parseFloat(getComputedStyle(v).fontSize)")) > 48
    assert verdict.locator("> span").evaluate("v => getComputedStyle(v).backgroundColor") == "rgb(61, 220, 132)"


@pytest.mark.parametrize(
    "viewport",
    [PHONE, DESK, {"width": 740, "height": 360}, {"width": 820, "height": 1180}],
    ids=["phone", "desk", "sideways", "tablet"],
)
def test_picture_verdict_and_controls_need_no_scrolling(
    server: MirrorProcess, open_page: OpenPage, viewport: ViewportSize
) -> None:
    page = open_page(server.url, viewport=viewport)
    start_mirror(page)
    results(page, 1, has_face)
    for part in (".stage", "#verdict > span", "#snapshot", "#settings-button", "#stop"):
        box = page.locator(part).first.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= viewport["height"], part
        assert box["x"] + box["width"] <= viewport["width"], part
    assert page.locator(".stage").bounding_box()["height"] > 0.7 * min(viewport["height"] - 140, 270)  # type: ignore[index]


def test_a_picture_can_be_taken_while_the_server_is_away(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url, allowed="ERR_INTERNET_DISCONNECTED")
    start_mirror(page)
    results(page, 1, has_face)
    page.context.set_offline(True)
    expect(page.locator("#mirror")).to_have_attribute("data-tone", "lost", timeout=60_000)
    expect(page.locator("#status")).to_contain_text("Reconnecting")
    picture = cv2.imread(str(save_picture(page).path()))
    assert picture.shape == (HEIGHT, WIDTH, 3)
    expect(page.locator("#announcements")).to_contain_text("without boxes")


def test_taking_a_picture_gives_feedback_and_choices(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank", permissions=["camera", "clipboard-read", "clipboard-write"])
    page.add_init_script(
        """window.shared = [];
        navigator.canShare = () => true;
        navigator.share = async ({ files }) => shared.push(files[0].name);"""
    )
    page.goto(server.url)
    start_mirror(page)
    results(page, 1, has_face)
    page.evaluate(
        """() => {
          window.flashes = 0;
          const flash = document.getElementById("flash");
          new MutationObserver(() => (flashes += !flash.hidden)).observe(flash, { attributes: true });
        }"""
    )
    page.locator("#snapshot").click()
    page.wait_for_function("() => flashes === 1")
    expect(page.locator("#taken")).to_be_visible()
    assert page.locator("#taken-picture").evaluate("i => i.decode().then(() => [i.naturalWidth, i.naturalHeight])") == [
        WIDTH,
        HEIGHT,
    ]
    expect(page.locator("#announcements")).to_have_text("Picture taken.")
    page.get_by_role("button", name="Share").click()
    page.wait_for_function("() => shared.length === 1")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#taken-copy")).to_have_text("Copied")
    types = page.evaluate("async () => (await navigator.clipboard.read())[0].types")
    assert types == ["image/png"]
    page.locator("#taken-close").click()
    expect(page.locator("#taken")).to_be_hidden()
    expect(page.locator("#snapshot")).to_be_focused()


def test_a_lower_threshold_is_sent(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sent = frames_sent(page)
    page.goto(server.url)
    start_mirror(page)
    until(lambda: sent, 3, page)
    threshold = page.locator("#threshold")
    initial = threshold.input_value()
    open_settings(page)
    assert all(set(meta) == {"seq", "captured_ms"} for meta in sent)
    for chosen, expected in (("0.3", 0.3), ("0.45", 0.45), (initial, None), ("0.95", None)):
        threshold.fill(chosen)
        text = "standard" if chosen == initial else f"below {float(chosen) * 100:.0f}\u00a0%"
        expect(page.locator("#threshold-value")).to_have_text(text)
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
    expect(page.locator("#threshold-value")).to_have_text("standard")
    start_mirror(page)
    open_settings(page)
    threshold.fill("1")
    assert threshold.input_value() == "1"


def test_a_face_below_60_percent_is_not_sure_until_66(server: MirrorProcess, open_page: OpenPage) -> None:
    page, scores = open_with_scores(open_page, server, 0.63)
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
    picture = cv2.imread(str(save_picture(page).path()))
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
    open_settings(page)
    page.locator("summary").click()
    expect(page.locator("[data-metric=round_trip]")).to_contain_text("ms")
    expect(page.locator("[data-metric=size]")).to_have_text("416 × 312")
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
