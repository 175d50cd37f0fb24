"""Films: sent, worked on, played with sound, sought, kept and deleted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, OpenPage
from tests.e2e.moving_face import face_box, face_frame, iou, wandering
from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr
from tests.video_maker import make_video as make_film

PLAYS_MP4_JS = """() => MediaSource.isTypeSupported('video/mp4; codecs="avc1.42E01E, mp4a.40.2"')"""
STEP = 4
UNPLUG_JS = """() => {
  const [track] = document.querySelector("#panel video").srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
"""What the page sees of a camera that is pulled out: stop() alone tells nobody."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = [face_frame(astronaut_bgr(), wandering(i * STEP)) for i in range(60)]
    return make_film(tmp_path_factory.mktemp("film") / "astronaut.mp4", frames, fps=15, sound="aac")


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def finished(page: Page) -> None:
    expect(page.locator(".film[data-state=succeeded]")).to_be_visible(timeout=90_000)


def test_a_film_comes_back_playing(server: MirrorProcess, open_page: OpenPage, film: Path) -> None:
    page = open_page(server.url + "/video")
    if not page.evaluate(PLAYS_MP4_JS):
        pytest.skip("this build of Chromium plays no H.264")
    send(page, film)
    finished(page)
    video = page.locator(".film video")
    assert video.evaluate("v => v.play().then(() => true)")
    page.wait_for_timeout(1500)
    played, tracks, sound = video.evaluate(
        "v => [v.currentTime, v.captureStream().getAudioTracks().length, v.webkitAudioDecodedByteCount]"
    )
    assert played > 0.5
    assert tracks == 1
    assert sound > 0
    assert video.evaluate("v => v.duration") == pytest.approx(4, abs=0.2)


def test_the_timeline_seeks(server: MirrorProcess, open_page: OpenPage, film: Path) -> None:
    page = open_page(server.url + "/video", viewport=PHONE)
    send(page, film)
    finished(page)
    expect(page.locator(".film [data-part=words]")).to_contain_text(re.compile(r"Faces in \d+ of 60 frames"))
    expect(page.locator(".lanes .state")).to_have_text(["Mask", "No mask", "Worn incorrectly", "Not sure"])
    plot = page.locator(".lanes")
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
    assert page.locator(".film video").evaluate("v => v.currentTime") == pytest.approx(3, abs=0.1)


def test_the_timeline_by_keyboard(server: MirrorProcess, open_page: OpenPage, film: Path) -> None:
    page = open_page(server.url + "/video")
    send(page, film)
    finished(page)
    slider = page.get_by_role("slider", name="Place in the film astronaut.mp4")
    slider.press("End")
    video = page.locator(".film video")
    assert video.evaluate("v => v.currentTime") == pytest.approx(4, abs=0.1)
    slider.press("Home")
    assert video.evaluate("v => v.currentTime") == 0
    slider.press("PageUp")
    slider.press("ArrowRight")
    assert 0.1 < video.evaluate("v => v.currentTime") < 1
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^0:00 of 0:04\. (1 face|\d faces|No face)"))
    page.wait_for_timeout(500)
    assert slider.evaluate("s => s.valueAsNumber") == pytest.approx(video.evaluate("v => v.currentTime"), abs=0.05)


def test_film_and_data_can_be_kept(server: MirrorProcess, open_page: OpenPage, film: Path) -> None:
    page = open_page(server.url + "/video")
    send(page, film)
    finished(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save film").click()
    assert download.value.suggested_filename.endswith(".mp4")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save data").click()
    lines = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert len(lines) == 60
    found = [
        max(iou(tuple(face["box"]), face_box(wandering(line["frame"] * STEP))) for face in line["faces"])
        for line in lines
        if line["faces"]
    ]
    assert len(found) > 30
    assert sorted(found)[len(found) // 2] > 0.4


def test_my_films_survive_the_tab_and_go_by_a_button(server: MirrorProcess, open_page: OpenPage, film: Path) -> None:
    page = open_page(server.url + "/video")
    send(page, film)
    expect(page.locator("#films .film")).to_have_count(1)
    again = page.context.new_page()
    page.close()
    again.goto(server.url + "/video")
    finished(again)
    expect(again.locator(".film [data-part=expiry]")).to_contain_text("Deleted by itself in")
    stranger = open_page(server.url + "/video")
    expect(stranger.locator("#no-films")).to_be_visible()
    again.get_by_role("button", name="Delete now").click()
    expect(again.locator("#films .film")).to_have_count(0)
    expect(again.locator("#no-films")).to_be_visible()


def test_a_film_can_be_cancelled(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    long = make_film(tmp_path / "long.mp4", [face_frame(astronaut_bgr(), wandering(i % 240)) for i in range(400)])
    page = open_page(server.url + "/video")
    send(page, long)
    expect(page.locator(".film[data-state=running]")).to_be_visible(timeout=60_000)
    expect(page.locator(".film[data-state=running] [data-part=line]")).to_contain_text("%")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".film:is([data-state=running], [data-state=queued])")).to_have_count(0)


def test_a_film_without_pictures_is_told(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no film at all" * 100)
    page = open_page(server.url + "/video", forgiven="Failed to load resource")
    send(page, tmp_path / "no.mp4")
    expect(page.locator(".film[data-state=failed] [data-part=line]")).not_to_be_empty()


def test_limits_are_told_and_a_large_film_is_not_sent(
    server: MirrorProcess, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(server.url + "/video")
    expect(page.locator("#drop")).to_contain_text("200\u00a0MB and 10 minutes")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method))
    with (tmp_path / "large.mp4").open("wb") as large:
        large.truncate(200_000_001)
    send(page, tmp_path / "large.mp4")
    expect(page.locator(".film[data-state=failed]")).to_contain_text("200\u00a0MB is the most")
    assert "POST" not in posted


def test_a_long_film_is_not_sent(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(server.url + "/video")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method))
    send(page, make_film(tmp_path / "long.mp4", 660, fps=1))
    expect(page.locator(".film[data-state=failed]")).to_contain_text("lasts 11\u00a0min, and 10\u00a0min is the most")
    assert "POST" not in posted


def test_a_film_that_did_not_arrive_can_be_sent_again(server: MirrorProcess, open_page: OpenPage, film: Path) -> None:
    page = open_page(server.url + "/video", forgiven="Failed to load resource")
    page.context.set_offline(True)
    send(page, film)
    expect(page.locator("#uploads .film[data-state=failed]")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    finished(page)
    expect(page.locator("#uploads .film")).to_have_count(0)


def test_one_camera_however_often_it_is_asked_for(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script(
        """window.opened = [];
        const real = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
        if (real) navigator.mediaDevices.getUserMedia = async (wish) => {
          await new Promise((resolve) => setTimeout(resolve, 500));
          opened.push(await real(wish));
          return opened.at(-1);
        };"""
    )
    page.goto(server.url + "/video")
    page.evaluate(
        """() => {
          const button = document.getElementById("use-camera");
          button.click();
          button.disabled = false;
          button.click();
          button.click();
        }"""
    )
    expect(page.locator("#panel")).to_be_visible()
    page.wait_for_timeout(500)
    live = "() => opened.map((stream) => stream.getTracks().some((track) => track.readyState === 'live'))"
    assert page.evaluate(live) == [False, True]
    page.locator("#close-camera").click()
    assert page.evaluate(live) == [False, False]
    expect(page.locator("#use-camera")).to_be_enabled()


def test_the_camera_is_pulled_out_while_it_records(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.locator("#use-camera").click()
    page.locator("#roll").click()
    page.wait_for_timeout(2000)
    page.evaluate(UNPLUG_JS)
    expect(page.locator("#camera-said")).to_contain_text("What it recorded until then is sent.")
    finished(page)
    expect(page.locator("#rolling")).to_be_empty()
    page.locator("#use-camera").click()
    expect(page.locator("#roll")).to_have_text("Start recording")


def test_the_camera_is_pulled_out_at_once(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.locator("#sound").uncheck()
    page.locator("#use-camera").click()
    expect(page.locator("#roll")).to_be_focused()
    page.evaluate(f"() => {{ document.getElementById('roll').click(); ({UNPLUG_JS})(); }}")
    expect(page.locator("#camera-said")).to_contain_text("Nothing was recorded yet.")
    expect(page.locator("#uploads .film")).to_have_count(0)


def test_recorded_with_the_camera(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.locator("#use-camera").click()
    page.locator("#roll").click()
    page.wait_for_timeout(2500)
    expect(page.locator("#rolling")).to_contain_text("Recording 0:0")
    page.get_by_role("button", name="Stop and send").click()
    finished(page)
    expect(page.locator("#panel")).to_be_hidden()
