"""The door page: starts with one tap, counts, comes back by itself, and runs through a night."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Launch, OpenPage
from tests.e2e.live_page import has_face, results, until
from tests.e2e.test_access import axe_violations, overflows, viewports
from tests.mirror_process import MirrorProcess, mirror_process
from tests.webapp.door.receiver import local_receiver

ASKS_JS = "navigator.permissions.query = async () => Object.assign(new EventTarget(), { state: 'prompt' });"
WATCHED_JS = """
window.seen = { wakeLocks: 0, audio: [] };
navigator.wakeLock.request = async () => {
  seen.wakeLocks += 1;
  return { released: false, release: async () => {} };
};
window.AudioContext = class extends AudioContext {
  constructor() {
    super();
    seen.audio.push(this);
  }
};
const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  if (window.cameraGone) throw new DOMException("", "NotFoundError");
  return (window.cameraStream = await getUserMedia(constraints));
};
"""
UNPLUG_JS = """() => {
  window.cameraGone = true;
  const [track] = cameraStream.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
COUNTED_JS = """async () => {
  const { CountStore } = await import(new URL("static/js/door/count_store.js", document.baseURI).href);
  const counts = (await new CountStore().rows()).flatMap(({ minute, ...states }) => Object.values(states));
  return counts.reduce((sum, count) => sum + count, 0);
}"""
COUNT_BEFORE_JS = """async (minutes) => {
  const { CountStore } = await import(new URL("static/js/door/count_store.js", document.baseURI).href);
  await new CountStore().add(["with_mask", "with_mask", "without_mask"], Date.now() - minutes * 60000);
}"""

NO_MINUTES_JS = """async () => {
  const { CountStore } = await import(new URL("static/js/door/count_store.js", document.baseURI).href);
  const store = new CountStore();
  return [await store.rows(5, 5), await store.rows(6, 5), store.kept];
}"""


def live(page: Page) -> None:
    expect(page.locator("#door")).to_have_attribute("data-state", "live")


def counted(page: Page, at_least: int) -> None:
    until(lambda: [None] * page.evaluate(COUNTED_JS), at_least, page)


def touch(page: Page) -> None:
    page.mouse.click(20, 20)
    expect(page.locator("#controls")).to_be_visible()


def open_asking(open_page: OpenPage, server: MirrorProcess, **options: Any) -> Page:
    page = open_page("about:blank", **options)
    page.add_init_script(ASKS_JS + WATCHED_JS)
    page.goto(server.url + "/door")
    expect(page.locator("#start")).to_have_text("Start")
    return page


def test_one_tap_starts_camera_full_screen_and_sound(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_asking(open_page, server)
    page.mouse.click(30, 30)  # over a door nobody aims at a button
    live(page)
    expect(page.locator("#verdict")).to_have_text("No mask")
    assert page.evaluate("() => document.fullscreenElement !== null")
    assert page.evaluate("() => seen.audio.map((audio) => audio.state)") == ["running"]
    assert page.evaluate("() => seen.wakeLocks") >= 1
    assert page.locator("#controls").is_hidden()


def test_an_allowed_camera_needs_no_tap(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    page = open_page(server.url + "/door", launch("masked"))
    live(page)
    expect(page.locator("#verdict")).to_have_text("Mask")
    band = page.locator("#verdict span").first.bounding_box()
    assert band is not None
    assert band["width"] * band["height"] > 0.35 * 1280 * 800
    assert page.locator("#verdict span").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > 80


def test_each_face_counts_once_and_the_counts_are_kept(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/door")
    counted(page, 1)
    results(page, 20, has_face)
    assert page.evaluate(COUNTED_JS) == 1
    page.reload()
    counted(page, 2)
    page.evaluate(COUNT_BEFORE_JS, 70)
    touch(page)
    page.get_by_role("button", name="Counts").click()
    expect(page.locator("#counts-total")).to_have_text("2 faces in the last hour")
    expect(page.locator("#counts-plot .sum")).to_have_text(["0", "2", "0", "0"])
    page.get_by_text("Hours").click()
    expect(page.locator("#counts-total")).to_have_text("5 faces in the last 24 hours")
    page.get_by_text("As a table").click()
    expect(page.locator("#counts-rows tr").last.locator("td")).to_have_text(["2", "1", "0", "0"])
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "hour,with_mask,without_mask,mask_worn_incorrectly,not_sure,faces"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00[+-]\d\d:\d\d,2,1,0,0,3", lines[1])
    page.get_by_role("button", name="Delete all…").click()
    expect(page.locator("#keep-counts")).to_be_focused()
    page.get_by_role("button", name="Delete them").click()
    expect(page.locator("#counts-total")).to_have_text("0 faces in the last 24 hours")


def test_a_period_without_minutes_has_no_counts_and_loses_none(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_asking(open_page, server)
    assert page.evaluate(NO_MINUTES_JS) == [[], [], True]


def test_controls_show_when_the_screen_is_touched(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/door")
    live(page)
    results(page, 1, has_face)
    assert page.locator("#controls").is_hidden()
    page.keyboard.press("Tab")
    expect(page.locator("#controls")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Counts")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#counts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Counts")).to_be_focused()
    expect(page.locator("#controls")).to_be_hidden(timeout=30_000)
    assert page.evaluate("() => document.activeElement.id") == "main"
    touch(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#start")).to_be_visible()
    expect(page.locator("#start")).to_be_focused()
    assert page.locator("#controls").is_hidden()


def test_settings_are_remembered(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/door")
    live(page)
    touch(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Chime").uncheck()
    page.get_by_label("Idle screen").select_option("after 5 minutes")
    page.reload()
    live(page)
    touch(page)
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("Chime")).not_to_be_checked()
    expect(page.get_by_label("Idle screen")).to_have_value("300")


def test_the_idle_screen(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    page = open_page("about:blank", launch("nobody"))
    page.add_init_script("localStorage.setItem('mask-mirror.door-idle-s', '2')")
    page.goto(server.url + "/door")
    expect(page.locator("#idle")).to_be_visible()
    expect(page.locator("#clock")).to_have_text(re.compile(r"\d\d?:\d\d"))
    assert axe_violations(page) == []
    page.mouse.click(20, 20)
    expect(page.locator("#idle")).to_be_hidden()
    expect(page.locator("#verdict")).to_have_text("No face in view")


def test_a_second_tab_says_so_and_takes_over_later(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/door")
    live(page)
    second = page.context.new_page()
    second.goto(server.url + "/door")
    expect(second.locator("#prompt-title")).to_have_text("The door is open in another tab")
    assert axe_violations(second) == []
    second.wait_for_timeout(1000)
    assert second.evaluate("() => document.getElementById('video').srcObject") is None
    second.locator("#start").click()
    live(second)
    expect(page.locator("#prompt-title")).to_have_text("The door is open in another tab")
    assert page.evaluate("() => document.getElementById('video').srcObject") is None
    second.close()
    live(page)
    counted(page, 1)


def test_a_camera_that_is_gone_comes_back(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script(WATCHED_JS)
    page.goto(server.url + "/door")
    live(page)
    page.evaluate(UNPLUG_JS)
    expect(page.locator("#prompt-title")).to_have_text("The camera was disconnected")
    expect(page.locator("#prompt-text")).to_contain_text("tries again automatically")
    expect(page.locator("#prompt-title")).to_have_text("No camera found")
    page.evaluate("() => { window.cameraGone = false }")
    live(page)
    results(page, 2, has_face)


def test_a_server_that_is_gone_comes_back(tmp_path: Path, open_page: OpenPage) -> None:
    with mirror_process(tmp_path, "eventlet") as first:
        page = open_page(first.url + "/door", allowed=" ")
        live(page)
        counted(page, 1)
    expect(page.locator("#door")).to_have_attribute("data-tone", "lost")
    expect(page.locator("#verdict")).to_contain_text("Reconnecting")
    with mirror_process(tmp_path, "eventlet", port=first.port):
        results(page, 2, has_face)
        expect(page.locator("#verdict")).to_have_text("No mask")


def test_on_this_device(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/door")
    counted(page, 1)
    touch(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("On this device").check()
    page.wait_for_function("() => !document.querySelector('#privacy [data-at=device]').hidden")
    found = results(page, 20, has_face)
    assert all(isinstance(face["track_id"], int) for one in found for face in one["result"]["faces"])
    page.wait_for_timeout(2000)
    assert page.evaluate(COUNTED_JS) == 1, "who stays in view while the place changes counts once"


def test_counts_reach_the_receiver_of_the_settings(tmp_path: Path, open_page: OpenPage) -> None:
    with local_receiver() as receiver:
        variables = {"MASK_MIRROR_DOOR_COUNTS_URL": receiver.url, "MASK_MIRROR_DOOR_COUNTS_KEY": "key"}
        receiver.statuses = [400]  # refused once: the page sends it again
        with mirror_process(tmp_path, "eventlet", **variables) as mirror:
            page = open_page("about:blank", allowed="502")
            page.add_init_script(ASKS_JS)
            page.goto(mirror.url + "/door")
            expect(page.locator("#privacy")).to_contain_text("forwarded to 127.0.0.1")
            page.evaluate(COUNT_BEFORE_JS, 3)
            page.locator("#start").click()
            until(lambda: receiver.got, 1, page)
            touch(page)
            page.get_by_role("button", name="Counts").click()
            expect(page.locator("#counts-note")).to_contain_text("The counts are not being forwarded")
            until(lambda: receiver.got, 2, page)
            page.close()  # before its server, which it would miss
        first, second = (json.loads(body) for _, body in receiver.got[:2])
        assert first == second
        assert first["counts"] == {"with_mask": 2, "without_mask": 1, "mask_worn_incorrectly": 0, "not_sure": 0}


@viewports
def test_access(server: MirrorProcess, open_page: OpenPage, viewport: ViewportSize, theme: str) -> None:
    page = open_asking(open_page, server, viewport=viewport, color_scheme=theme)
    assert axe_violations(page) == []
    assert not overflows(page)
    page.locator("#start").click()
    live(page)
    results(page, 1, has_face)
    assert axe_violations(page) == []
    touch(page)
    assert axe_violations(page) == []
    for name in ("Counts", "Settings"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        if name == "Counts":
            page.get_by_text("As a table").click()
        assert axe_violations(page) == []
        assert not overflows(page)
        page.get_by_role("dialog", name=name).get_by_role("button", name="Close").click()


NIGHT_JS = """async ({ frames, step_ms }) => {
  const { Mirror } = await import("/static/js/live/mirror/mirror.js");
  const { VerdictView } = await import("/static/js/live/verdict_view.js");
  const { verdict } = await import("/static/js/live/verdict.js");
  const { FaceCounter } = await import("/static/js/door/face_counter.js");
  const { CountStore } = await import("/static/js/door/count_store.js");
  const { CountsSheet } = await import("/static/js/door/counts_sheet.js");
  const { Chime } = await import("/static/js/door/chime.js");
  const { Announcer } = await import("/static/js/shared/announcer.js");
  const { byId } = await import("/static/js/shared/dom.js");
  // A camera of the night's frames, as fast as they are handled.
  const video = Object.assign(document.createElement("video"), { className: "view" });
  document.body.append(video);
  const canvas = byId("overlay");
  let given = 0;
  let wake;
  const done = new Promise((resolve) => (wake = resolve));
  const port = new MessageChannel();
  const waiting = [];
  port.port1.onmessage = () => waiting.shift()(given * step_ms, { captureTime: given * step_ms });
  Object.defineProperty(video, "readyState", { value: 4 });
  video.requestVideoFrameCallback = (callback) => {
    if (given >= frames) return wake();
    given += 1;
    waiting.push(callback);
    port.port2.postMessage(0);
  };
  const labels = ["with_mask", "without_mask", "mask_worn_incorrectly"];
  const faces = (i) => {
    const [step, track_id] = [i % 120, Math.floor(i / 120)];
    const box = [step, 10, step + 60, 90];
    const face = { box, detection_score: 0.9, label: labels[track_id % 3], label_score: 0.9 };
    return step < 40 ? [{ ...face, track_id }] : [];
  };
  const detector = {
    ready: true,
    grab: async () => ({ picture: null, width: 320, height: 240 }),
    send: async ({ seq, captured_ms }) => {
      const i = Math.round((captured_ms - performance.timeOrigin) / step_ms);
      return { seq, width: 320, height: 240, faces: faces(i) };
    },
  };
  const mirror = new Mirror(video, canvas, detector);
  const [counter, store, chime] = [new FaceCounter(), new CountStore(), new Chime(AudioContext)];
  const sheet = new CountsSheet(store, { problem: null });
  const view = new VerdictView(byId("door"), byId("verdict"), byId("status"));
  const announcer = new Announcer(byId("announcements"), 0);
  let [handled, people] = [0, 0];
  mirror.addEventListener("result", ({ detail }) => {
    handled += 1;
    const now_ms = handled * step_ms;
    const counted = counter.update(mirror.faces, now_ms);
    people += counted.length;
    if (counted.length) {
      store.add(counted, Date.now() + now_ms);
      chime.play(counted[0], now_ms);
      sheet.show();
    }
    const state = { running: true, hidden: false, connection: "open", problem: null, hiddenFaces: 0 };
    const shown = verdict({ ...state, faces: mirror.faces });
    if (view.show(shown)) announcer.announce(shown.sentence);
  });
  mirror.start();
  await done;
  mirror.stop();
  await chime.close();
  return { handled, people };
}"""


def heap_bytes(page: Page) -> float:
    """Return the heap in use after a garbage collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    used = float(session.send("Runtime.getHeapUsage")["usedSize"])
    session.detach()
    return used


@pytest.mark.long
def test_a_night_of_frames_grows_no_heap(server: MirrorProcess, open_page: OpenPage) -> None:
    """300,000 frames at full speed through mirror, canvas, counts in IndexedDB, chime, verdict and plot."""
    page = open_asking(open_page, server)
    page.set_default_timeout(1_800_000)
    warm_up, frames = 6_000, 300_000
    page.evaluate(NIGHT_JS, {"frames": warm_up, "step_ms": 100})
    before = heap_bytes(page)
    start = time.monotonic()
    night = page.evaluate(NIGHT_JS, {"frames": frames, "step_ms": 100})
    grown = heap_bytes(page) - before
    print(
        f"{frames / (time.monotonic() - start):.0f} frames a second, heap {before / 1e6:.1f} MB, {grown / 1e6:+.2f} MB"
    )
    assert frames - 2 <= night["handled"] <= frames  # the last ones are under way when the camera ends
    assert night["people"] == frames / 120
    assert grown < 10e6
