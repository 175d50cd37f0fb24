"""The video page: upload, processing, playback with sound, seeking, download, deletion, recording."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, OpenPage
from tests.e2e.moving_face import face_box, face_frame, iou, wandering
from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, encoded
from tests.video_maker import make_video

PLAYS_MP4_JS = """() => MediaSource.isTypeSupported('video/mp4; codecs="avc1.42E01E, mp4a.40.2"')"""
STEP = 4
UNPLUG_JS = """() => {
  const [track] = document.querySelector("#panel video").srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
"""What the page gets when a camera is unplugged: stop() alone fires no event."""


@pytest.fixture(scope="module")
def video_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = [face_frame(astronaut_bgr(), wandering(i * STEP)) for i in range(60)]
    return make_video(tmp_path_factory.mktemp("video") / "astronaut.mp4", frames, fps=15, sound="aac")


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def finished(page: Page) -> None:
    expect(page.locator(".video[data-state=succeeded]")).to_be_visible(timeout=90_000)


def test_an_annotated_video_plays(server: MirrorProcess, open_page: OpenPage, video_file: Path) -> None:
    page = open_page(server.url + "/video")
    if not page.evaluate(PLAYS_MP4_JS):
        pytest.skip("this build of Chromium plays no H.264")
    send(page, video_file)
    finished(page)
    video = page.locator(".video video")
    assert video.evaluate("v => v.play().then(() => true)")
    page.wait_for_timeout(1500)
    played, tracks, sound = video.evaluate(
        "v => [v.currentTime, v.captureStream().getAudioTracks().length, v.webkitAudioDecodedByteCount]"
    )
    assert played > 0.5
    assert tracks == 1
    assert sound > 0
    assert video.evaluate("v => v.duration") == pytest.approx(4, abs=0.2)


def test_the_timeline_seeks(server: MirrorProcess, open_page: OpenPage, video_file: Path) -> None:
    page = open_page(server.url + "/video", viewport=PHONE)
    send(page, video_file)
    finished(page)
    expect(page.locator(".video [data-part=timelineText]")).to_contain_text(re.compile(r"Faces in \d+ of 60 frames"))
    expect(page.locator(".lanes .state")).to_have_text(["Mask", "No mask", "Worn incorrectly", "Not sure"])
    plot = page.locator(".lanes")
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
    assert page.locator(".video video").evaluate("v => v.currentTime") == pytest.approx(3, abs=0.1)


def test_the_timeline_by_keyboard(server: MirrorProcess, open_page: OpenPage, video_file: Path) -> None:
    page = open_page(server.url + "/video")
    send(page, video_file)
    finished(page)
    slider = page.get_by_role("slider", name="Position in the video astronaut.mp4")
    slider.press("End")
    video = page.locator(".video video")
    assert video.evaluate("v => v.currentTime") == pytest.approx(4, abs=0.1)
    slider.press("Home")
    assert video.evaluate("v => v.currentTime") == 0
    slider.press("PageUp")
    slider.press("ArrowRight")
    assert 0.1 < video.evaluate("v => v.currentTime") < 1
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^0:00 of 0:04\. (1 face|\d faces|No face)"))
    page.wait_for_timeout(500)
    assert slider.evaluate("s => s.valueAsNumber") == pytest.approx(video.evaluate("v => v.currentTime"), abs=0.05)


def test_video_and_data_can_be_saved(server: MirrorProcess, open_page: OpenPage, video_file: Path) -> None:
    page = open_page(server.url + "/video")
    send(page, video_file)
    finished(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save video").click()
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


def test_my_videos_outlive_the_tab_and_can_be_deleted(
    server: MirrorProcess, open_page: OpenPage, video_file: Path
) -> None:
    page = open_page(server.url + "/video")
    send(page, video_file)
    expect(page.locator("#videos .video")).to_have_count(1)
    again = page.context.new_page()
    page.close()
    again.goto(server.url + "/video")
    finished(again)
    expect(again.locator(".video [data-part=expiry]")).to_contain_text("Deletes automatically in")
    stranger = open_page(server.url + "/video")
    expect(stranger.locator("#no-videos")).to_be_visible()
    again.get_by_role("button", name="Delete now").click()
    expect(again.locator(".video .undo")).to_contain_text("“astronaut.mp4” will be deleted.")
    expect(again.locator(".video video")).to_be_hidden()
    again.get_by_role("button", name="Undo").click()
    expect(again.locator(".video video")).to_be_visible()
    expect(again.get_by_role("button", name="Delete now")).to_be_focused()
    again.wait_for_timeout(6000)
    expect(again.locator("#videos .video")).to_have_count(1)
    again.get_by_role("button", name="Delete now").click()
    expect(again.locator("#videos .video")).to_have_count(0)
    expect(again.locator("input[type=file]")).to_be_focused()
    expect(again.locator("#no-videos")).to_be_visible()


def test_a_deletion_is_carried_out_when_the_page_is_left(
    server: MirrorProcess, open_page: OpenPage, video_file: Path
) -> None:
    page = open_page(server.url + "/video")
    send(page, video_file)
    finished(page)
    page.get_by_role("button", name="Delete now").click()
    page.goto(server.url + "/about")
    page.goto(server.url + "/video")
    expect(page.locator("#no-videos")).to_be_visible()


def test_the_browser_asks_before_a_video_that_is_being_sent_is_lost(
    server: MirrorProcess, open_page: OpenPage, video_file: Path
) -> None:
    page = open_page("about:blank")
    # The upload is never answered.
    page.route("**/api/v1/uploads", lambda route: None)
    page.goto(server.url + "/video")
    expect(page.locator("#no-videos")).to_contain_text("Once a video is sent, you may close this page")
    asks = """() => {
      const leaving = new Event("beforeunload", { cancelable: true });
      dispatchEvent(leaving);
      return leaving.defaultPrevented;
    }"""
    assert not page.evaluate(asks)
    send(page, video_file)
    expect(page.locator("#uploads .video")).to_contain_text("Keep this page open until the video is sent.")
    assert page.evaluate(asks)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("input[type=file]")).to_be_focused()
    assert not page.evaluate(asks)


def test_of_a_cut_video_the_readable_part_is_named(
    server: MirrorProcess, open_page: OpenPage, video_file: Path, tmp_path: Path
) -> None:
    frames = [face_frame(astronaut_bgr(), wandering(i * STEP)) for i in range(60)]
    whole = make_video(tmp_path / "whole.mp4", frames, fps=15, options={"movflags": "faststart"})
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    page = open_page(server.url + "/video")
    send(page, tmp_path / "cut.mp4")
    finished(page)
    expect(page.locator(".video [data-part=status]")).to_have_text(
        re.compile(r"^Only \d+ of (59|60|61) frames of this video could be read$")
    )


def test_the_sample_video_shows_each_state_for_a_third_of_the_time(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.get_by_role("button", name="Try a sample").click()
    finished(page)
    pills = page.locator(".video .pills")
    for word in ("Mask", "No mask", "Worn incorrectly"):
        expect(pills).to_contain_text(re.compile(rf"{word} (2[5-9]|3\d|40)\s?% of the time"))


def test_a_photo_is_offered_to_the_photo_page(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    photo = {"name": "face.jpg", "mimeType": "image/jpeg", "buffer": encoded(astronaut_bgr(), "JPEG")}
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.locator("#other-page")).to_contain_text("“face.jpg” is a photo.")
    page.get_by_role("link", name="Open it on the Photo page").click()
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: without a mask")


def test_a_video_can_be_cancelled(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    long = make_video(tmp_path / "long.mp4", [face_frame(astronaut_bgr(), wandering(i % 240)) for i in range(400)])
    page = open_page(server.url + "/video")
    send(page, long)
    expect(page.locator(".video[data-state=running]")).to_be_visible(timeout=60_000)
    expect(page.locator(".video[data-state=running] [data-part=status]")).to_contain_text("%")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".video:is([data-state=running], [data-state=queued])")).to_have_count(0)


def test_a_file_without_video_gets_a_message(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no video at all" * 100)
    page = open_page(server.url + "/video", allowed="Failed to load resource")
    send(page, tmp_path / "no.mp4")
    expect(page.locator(".video[data-state=failed] [data-part=status]")).not_to_be_empty()


def test_limits_are_shown_and_a_large_video_is_not_sent(
    server: MirrorProcess, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(server.url + "/video")
    expect(page.locator("#drop")).to_contain_text("200\u00a0MB and 10 minutes")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method))
    with (tmp_path / "large.mp4").open("wb") as large:
        large.truncate(200_000_001)
    send(page, tmp_path / "large.mp4")
    expect(page.locator(".video[data-state=failed]")).to_contain_text("The limit is 200\u00a0MB")
    assert "POST" not in posted


def test_a_long_video_is_not_sent(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(server.url + "/video")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method))
    send(page, make_video(tmp_path / "long.mp4", 660, fps=1))
    expect(page.locator(".video[data-state=failed]")).to_contain_text("is 11\u00a0min long. The limit is 10\u00a0min.")
    assert "POST" not in posted


def test_an_upload_begins_when_the_network_is_back(
    server: MirrorProcess, open_page: OpenPage, video_file: Path
) -> None:
    page = open_page(server.url + "/video", allowed="Failed to load resource")
    page.context.set_offline(True)
    send(page, video_file)
    expect(page.locator("#uploads .video[data-state=sending]")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    finished(page)
    expect(page.locator("#uploads .video")).to_have_count(0)


def test_an_upload_without_a_place_can_be_tried_again(
    server: MirrorProcess, open_page: OpenPage, video_file: Path
) -> None:
    page = open_page(server.url + "/video", allowed="Failed to load resource")
    sentence = "Too many videos are waiting here right now."
    full = {"status": 503, "json": {"error": {"code": "busy", "message": sentence}}}
    page.route("**/api/v1/uploads", lambda route: route.fulfill(**full), times=1)
    send(page, video_file)
    expect(page.locator("#uploads .video[data-state=failed]")).to_contain_text(sentence)
    page.get_by_role("button", name="Try again").click()
    finished(page)
    expect(page.locator("#uploads .video")).to_have_count(0)


def test_repeated_clicks_open_one_camera(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script(
        """window.opened = [];
        const real = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
        if (real) navigator.mediaDevices.getUserMedia = async (options) => {
          await new Promise((resolve) => setTimeout(resolve, 500));
          opened.push(await real(options));
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


def test_the_camera_is_unplugged_during_a_recording(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.locator("#use-camera").click()
    page.locator("#record").click()
    page.wait_for_timeout(2000)
    page.evaluate(UNPLUG_JS)
    expect(page.locator("#camera-message")).to_contain_text("The recording until then is sent.")
    finished(page)
    expect(page.locator("#recording-status")).to_be_empty()
    page.locator("#use-camera").click()
    expect(page.locator("#record")).to_have_text("Start recording")


def test_the_camera_is_unplugged_at_once(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.locator("#sound").uncheck()
    page.locator("#use-camera").click()
    expect(page.locator("#record")).to_be_focused()
    page.evaluate(f"() => {{ document.getElementById('record').click(); ({UNPLUG_JS})(); }}")
    expect(page.locator("#camera-message")).to_contain_text("Nothing was recorded yet.")
    expect(page.locator("#uploads .video")).to_have_count(0)


def test_recorded_with_the_camera(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video")
    page.locator("#use-camera").click()
    page.locator("#record").click()
    page.wait_for_timeout(2500)
    expect(page.locator("#recording-status")).to_contain_text("Recording 0:0")
    page.get_by_role("button", name="Stop and send").click()
    finished(page)
    expect(page.locator("#panel")).to_be_hidden()
