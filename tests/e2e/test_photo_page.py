"""The photo page: rotated photos, error messages, downloads."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Download, Page, expect

from tests.e2e.conftest import DESK, PHONE, OpenPage
from tests.e2e.moving_face import iou
from tests.mirror_process import MirrorProcess
from tests.pictures import FACE_XYXY, astronaut_bgr, encoded, masked_astronaut_bgr
from tests.video_maker import make_video

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
PASTE_JS = """async (bytes) => {
  const transfer = new DataTransfer();
  for (const name of ["one.jpg", "two.jpg"]) {
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
  }
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer }));
}"""
LESS_CERTAIN_JS = """() => {
  const realFetch = window.fetch;
  window.fetch = async (url, options) => {
    const response = await realFetch(url, options);
    if (!String(url).endsWith("/api/v1/detect")) return response;
    const result = await response.json();
    for (const face of result.faces) face.label_score = 0.5555;
    return Response.json(result);
  };
}"""
"""Replaces the `label_score` of the faces in the server's replies. Playwright's routes do not forward a File."""


def give(page: Page, name: str, data: bytes, type: str = "image/jpeg") -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": type, "buffer": data})


def save(page: Page, button: str) -> Download:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).first.click()
    return download.value


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_exif_rotation_is_applied(server: MirrorProcess, open_page: OpenPage, orientation: int) -> None:
    upright = astronaut_bgr()[:400]
    rotation = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_CLOCKWISE}.get(orientation)
    stored = upright if rotation is None else cv2.rotate(upright, rotation)
    page = open_page(server.url + "/photo")
    give(page, "rotated.jpg", encoded(stored, "JPEG", orientation=orientation))
    expect(page.locator(".card[data-state=done]")).to_be_visible()
    result = json.loads(Path(save(page, "Save data").path()).read_text())
    assert (result["width"], result["height"]) == (512, 400)
    assert max(iou(tuple(face["box"]), FACE_XYXY) for face in result["faces"]) > 0.4
    picture = save(page, "Save picture")
    assert picture.suggested_filename == "rotated-masks.png"
    assert cv2.imread(str(picture.path())).shape == (400, 512, 3)
    expect(page.locator(".card tbody tr:has(td)")).to_have_count(len(result["faces"]))


def test_a_face_below_60_percent_is_not_sure(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    page.evaluate(LESS_CERTAIN_JS)
    give(page, "masked.jpg", encoded(masked_astronaut_bgr()[:400], "JPEG"))
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: not sure")
    expect(page.locator("#announcements")).to_have_text("masked.jpg: 1 face: not sure")
    expect(page.locator(".card canvas[role=img]")).to_have_attribute("aria-label", "1 face: not\u00a0sure")
    expect(page.locator(".card .pills")).to_have_text("Not sure")
    expect(page.locator(".card .group")).to_have_text("Not sure1 face")
    expect(page.locator(".card tbody td").nth(1)).to_have_text("55\u00a0% perhaps a mask")
    picture = cv2.imread(str(save(page, "Save picture").path()))
    assert (picture == (0xCD, 0xC6, 0xBC)).all(axis=2).sum() > 500
    [face] = json.loads(Path(save(page, "Save data").path()).read_text())["faces"]
    assert (face["label"], face["label_score"]) == ("with_mask", 0.5555)
    assert "state" not in face


def test_several_at_once_by_paste(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    page.evaluate(PASTE_JS, list(encoded(masked_astronaut_bgr(), "JPEG")))
    expect(page.locator(".card[data-state=done]")).to_have_count(2)
    expect(page.locator("#announcements")).to_contain_text("jpg:")
    page.get_by_role("button", name="Remove one.jpg").click()
    expect(page.locator(".card")).to_have_count(1)


def test_a_photo_of_48_megapixels(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    large = cv2.resize(astronaut_bgr()[:384], (8000, 6000), interpolation=cv2.INTER_LINEAR)
    give(page, "large.jpg", cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes())
    expect(page.locator(".card[data-state=done]")).to_be_visible(timeout=120_000)
    result = json.loads(Path(save(page, "Save data").path()).read_text())
    assert (result["width"], result["height"]) == (8000, 6000)
    assert result["faces"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("phone.heic", HEIC, "HEIC photo, which this browser cannot open"),
        ("phone.jpg", HEIC, "HEIC photo, which this browser cannot open"),
        ("cut.gif", b"GIF89a" + bytes(20), "cannot open this GIF picture"),
        ("text.png", b"just words", "Choose JPEG, PNG or WebP"),
        ("empty.jpg", b"", "Choose JPEG, PNG or WebP"),
    ],
)
def test_unsupported_files_get_a_message(
    server: MirrorProcess, open_page: OpenPage, name: str, data: bytes, message: str
) -> None:
    page = open_page(server.url + "/photo")
    give(page, name, data)
    expect(page.locator(".card[data-state=failed] h2")).to_contain_text(message)


@pytest.mark.parametrize("format", ["AVIF", "GIF", "BMP"])
def test_formats_that_the_browser_opens_are_listed_and_sent_as_jpeg(
    server: MirrorProcess, open_page: OpenPage, format: str
) -> None:
    page = open_page(server.url + "/photo")
    expect(page.locator("#drop")).to_contain_text(format)
    accept = page.locator("input[type=file]").get_attribute("accept") or ""
    assert f"image/{format.lower()}" in accept
    assert "heic" not in accept
    give(page, f"face.{format.lower()}", encoded(masked_astronaut_bgr(), format), f"image/{format.lower()}")
    expect(page.locator(".card[data-state=done] h2")).to_have_text("1 face: with a mask")
    result = json.loads(Path(save(page, "Save data").path()).read_text())
    assert (result["width"], result["height"]) == (512, 512)


def test_the_sample_is_a_photo_with_numbered_faces(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    page.get_by_role("button", name="Try a sample").click()
    card = page.locator(".card[data-state=done]")
    expect(card.locator("h2")).to_have_text("3 faces: 1 with a mask, 1 without, 1 worn incorrectly")
    expect(card.locator(".pills > span")).to_have_text(["1 with a mask", "1 without", "1 worn incorrectly"])
    expect(card.locator(".group")).to_have_text(["Mask1 face", "No mask1 face", "Worn incorrectly1 face"])
    # From left to right: mask, too low, none.
    expect(card.locator(".face")).to_have_text(["1", "3", "2"])


def test_a_row_and_its_box_highlight_each_other_and_zoom(server: MirrorProcess, open_page: OpenPage) -> None:
    # The test reads the canvas again and again, not the page.
    page = open_page(server.url + "/photo", allowed="willReadFrequently")
    page.get_by_role("button", name="Try a sample").click()
    card = page.locator(".card[data-state=done]")
    expect(card.locator("h2")).to_contain_text("3 faces")
    face = page.evaluate_handle("() => document.querySelector('.overlay')")
    pixels = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((sum, v) => sum + v, 0)"
    plain = face.evaluate(pixels)
    row = card.locator("tr", has=page.get_by_role("button", name="Face 2"))
    row.hover()
    expect(row).to_have_class("current")
    assert face.evaluate(pixels) != plain
    page.mouse.move(0, 0)
    expect(card.locator(".current")).to_have_count(0)
    box = card.locator(".overlay").bounding_box()
    assert box
    middle_face = (box["x"] + box["width"] * 404 / 855, box["y"] + box["height"] * 125 / 440)
    page.mouse.move(*middle_face)
    expect(row).to_have_class("current")
    page.mouse.click(*middle_face)
    whole = card.get_by_role("button", name="Whole picture")
    expect(whole).to_be_visible()
    zoomed = card.locator("canvas[role=img]").evaluate("c => c.width")
    assert zoomed < 855
    page.keyboard.press("Escape")
    card.get_by_role("button", name="Face 1").press("Enter")
    expect(whole).to_be_visible()
    whole.press("Enter")
    expect(whole).to_be_hidden()
    expect(card.get_by_role("button", name="Save picture")).to_be_focused()
    assert card.locator("canvas[role=img]").evaluate("c => c.width") == 855


def test_many_faces_are_folded_by_state(server: MirrorProcess, open_page: OpenPage) -> None:
    head = cv2.resize(astronaut_bgr()[20:240, 110:330], (200, 200))
    page = open_page(server.url + "/photo")
    give(page, "crowd.jpg", encoded(np.vstack([np.hstack([head] * 4)] * 3), "JPEG"))
    card = page.locator(".card[data-state=done]")
    expect(card.locator("h2")).to_contain_text("faces")
    group = card.locator(".group").first
    expect(group).to_have_attribute("aria-expanded", "false")
    expect(card.locator(".face").first).to_be_hidden()
    group.press("Enter")
    expect(group).to_have_attribute("aria-expanded", "true")
    expect(card.locator(".face").first).to_be_visible()


def test_all_results_can_be_saved_at_once(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    give(page, "face.jpg", encoded(masked_astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=done]")).to_have_count(1)
    expect(page.locator("#save-all")).to_be_hidden()
    give(page, "face.jpg", encoded(astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=done]")).to_have_count(2)
    archive = zipfile.ZipFile(save(page, "Save all pictures").path())
    assert sorted(archive.namelist()) == ["face-masks (2).png", "face-masks.png", "faces.csv"]
    picture = cv2.imdecode(np.frombuffer(archive.read("face-masks.png"), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (512, 512, 3)
    table = Path(save(page, "Save the table").path()).read_bytes()
    assert archive.read("faces.csv") == table
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert [row["state"] for row in rows] == ["No mask", "Mask"]
    page.get_by_role("button", name="Remove face.jpg").first.click()
    expect(page.get_by_role("button", name="Remove face.jpg")).to_be_focused()
    expect(page.locator("#save-all")).to_be_hidden()


def test_a_video_is_offered_to_the_video_page(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(server.url + "/photo")
    page.locator("input[type=file]").set_input_files(make_video(tmp_path / "clip.mp4", 10))
    expect(page.locator("#other-page")).to_contain_text("“clip.mp4” is a video.")
    expect(page.locator(".card")).to_have_count(0)
    page.get_by_role("link", name="Open it on the Video page").click()
    expect(page.locator(".video .video-name")).to_have_text("clip.mp4")
    expect(page.locator("#videos .video")).to_have_count(1)  # it has been sent
    page.reload()
    expect(page.locator("#videos .video")).to_have_count(1)
    expect(page.locator("#uploads .video")).to_have_count(0)


def test_the_camera_panel_fits_the_window(server: MirrorProcess, open_page: OpenPage) -> None:
    for viewport in (PHONE, {"width": 740, "height": 360}, DESK):
        page = open_page(server.url + "/photo", viewport=viewport)
        page.locator("#use-camera").click()
        expect(page.locator("#take-photo")).to_be_focused()
        for part in ("#panel video", "#take-photo"):
            box = page.locator(part).bounding_box()
            assert box
            assert box["y"] >= -1
            assert box["y"] + box["height"] <= viewport["height"] + 1


def test_a_photo_of_too_many_bytes_is_not_sent(server: MirrorProcess, open_page: OpenPage, tmp_path: Path) -> None:
    with (tmp_path / "large.jpg").open("wb") as large:
        large.write(b"\xff\xd8\xff")
        large.truncate(31_000_000)
    page = open_page(server.url + "/photo")
    page.locator("input[type=file]").set_input_files(tmp_path / "large.jpg")
    expect(page.locator(".card[data-state=failed] h2")).to_contain_text("The limit is 30\u00a0MB")


def test_errors_of_the_server_are_shown(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo", allowed="Failed to load resource")
    give(page, "cut.jpg", b"\xff\xd8\xff\xe0" + bytes(200))
    expect(page.locator(".card[data-state=failed] h2")).not_to_be_empty()


def test_without_a_connection_it_can_be_retried(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo", allowed="Failed to load resource")
    page.context.set_offline(True)
    give(page, "face.jpg", encoded(masked_astronaut_bgr(), "JPEG"))
    expect(page.locator(".card[data-state=failed] h2")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again: face.jpg").click()
    expect(page.locator(".card[data-state=done] h2")).to_contain_text("face")
    expect(page.get_by_role("button", name="Try again: face.jpg")).to_be_hidden()


def test_photos_are_listed_in_the_order_of_the_choice(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    names = ["one.heic", "two.heic", "three.heic"]
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/heic", "buffer": HEIC} for name in names]
    )
    expect(page.locator(".card .name")).to_have_text(names)


def test_taken_with_the_camera(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/photo")
    page.locator("#use-camera").click()
    page.wait_for_timeout(1000)
    page.locator("#take-photo").click()
    expect(page.locator(".card[data-state=done] h2")).to_contain_text("face")
    page.locator("#close-camera").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#use-camera")).to_be_focused()
