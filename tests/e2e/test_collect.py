"""The page that collects: from the camera to a ZIP that the training commands read, and back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model_training.data.coco import read_coco
from tests.e2e.collect_page import (
    PICTURES_JS,
    choose,
    choose_faces,
    export,
    face_jpeg,
    kept,
    payload,
    proposed,
    ready,
)
from tests.e2e.conftest import OpenPage
from tests.e2e.moving_face import BIT_PX, BITS, face_box, face_frame, iou, wandering
from tests.mirror_process import MirrorProcess
from tests.model_training.photo_folders import stage
from tests.pictures import astronaut_bgr, encoded, jpeg, masked_astronaut_bgr
from tests.video_maker import make_video
from tests.webapp.studio.drawn_collections import zipped
from webapp.vision.detections import LABELS


@pytest.fixture
def page(server: MirrorProcess, open_page: OpenPage) -> Page:
    page = open_page(server.url + "/collect")
    ready(page)
    return page


def burst(page: Page, state: str) -> int:
    """Take ten pictures of a state with the camera, and return how many are kept."""
    page.locator(f"input[name=state][value={state}]").check()
    if page.locator("#use-camera").is_visible():
        page.locator("#use-camera").click()
    page.locator("#burst").click()
    # The fake camera repeats itself after eight seconds, and a frame that is there already does not count. A burst on
    # a busy machine takes longer.
    status = page.locator("#burst-status")
    expect(status).to_have_text(re.compile("^(10|[2-9]) pictures taken[.]$"))
    return int(status.inner_text().split()[0])


def frame_number(picture: Path) -> int:
    """Read the number that a frame of the fake camera carries."""
    red = cv2.imread(str(picture))[BIT_PX // 2, BIT_PX // 2 : BITS * BIT_PX : BIT_PX, 2]
    return sum(2**bit for bit, value in enumerate(red) if value > 127)


def test_bursts_of_two_sittings_become_a_data_set(page: Page, tmp_path: Path) -> None:
    bare = burst(page, "without_mask")
    expect(page.locator(".progress-row", has_text="No mask")).to_contain_text(f"{bare} of 30")
    masked = burst(page, "with_mask")
    expect(page.locator("#new-sitting")).to_have_attribute("aria-disabled", "false")
    page.locator("#new-sitting").click()
    expect(page.locator("#announcements")).to_have_text("Sitting 2 begins.")
    again = burst(page, "with_mask")
    proposed(page)
    page.locator("#close-camera").click()
    count = page.locator(".picture-card").count()
    assert count == bare + masked + again
    expect(page.locator(".progress-row b").first).to_have_text(f"{masked + again} of 30")
    folder = export(page, tmp_path)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))
    assert len(names) == count
    assert len([name for name in names if name.startswith("sitting-1/without_mask-")]) == bare
    assert len([name for name in names if name.startswith("sitting-2/with_mask-")]) == again
    manifest = tmp_path / "all.json"
    assert stage("label", "--images", folder, "--session-folders", "--out", manifest) == 0
    photos = read_coco(manifest)
    assert {photo.session for photo in photos} == {"sitting-1", "sitting-2"}
    for photo in photos:
        box = face_box(wandering(frame_number(folder / photo.file_name)))
        assert iou(tuple(photo.annotations.xyxy[0].tolist()), box) > 0.4
        assert [LABELS[k] for k in photo.annotations.label] == [Path(photo.file_name).name.rsplit("-", 1)[0]]


def test_split_keeps_sittings_apart(page: Page, tmp_path: Path) -> None:
    # Different backgrounds: what shows the same is never split, whatever its sitting.
    for sitting in (1, 2, 3):
        if sitting > 1:
            page.locator("#new-sitting").click()
        scene = np.random.default_rng(sitting).integers(0, 255, (6, 8, 3), np.uint8)
        wall = cv2.resize(scene, (640, 480), interpolation=cv2.INTER_CUBIC)
        for state, picture in (("without_mask", astronaut_bgr()), ("with_mask", masked_astronaut_bgr())):
            wall[150:410, 200:410] = face_frame(picture, (320, 250, 1.5))[150:410, 200:410]
            page.locator(f"input[name=state][value={state}]").check()
            choose(page, payload(f"{state}-{sitting}.jpg", jpeg(wall)))
    expect(page.locator(".picture-card")).to_have_count(6)
    proposed(page)
    folder = export(page, tmp_path)
    manifest, splits = tmp_path / "all.json", tmp_path / "splits"
    assert stage("label", "--images", folder, "--session-folders", "--out", manifest) == 0
    status = stage("split", "--manifest", manifest, "--images", folder, "--out", splits, "--percentages", 34, 33, 33)
    assert status == 0
    sessions = [{photo.session for photo in read_coco(splits / f"{name}.json")} for name in ("train", "val", "test")]
    assert sorted(len(found) for found in sessions) == [1, 1, 1]
    assert len(set.union(*sessions)) == 3


@pytest.mark.parametrize("kind", ["labelme", "coco", "yolo"])
def test_a_zip_comes_back_in(server: MirrorProcess, open_page: OpenPage, page: Page, tmp_path: Path, kind: str) -> None:
    choose_faces(page, [0, 60, 120], "mask_worn_incorrectly")
    page.locator("#new-sitting").click()
    choose_faces(page, [180], "with_mask")
    before = kept(page)
    folder = export(page, tmp_path, kind)
    options = {"labelme": [], "coco": ["--labels", folder / "annotations.json"], "yolo": []}[kind]
    manifest = tmp_path / "all.json"
    assert stage("label", "--format", kind, "--images", folder, "--out", manifest, *options) == (kind == "yolo")
    assert len(read_coco(manifest)) == 4
    again = payload("mine.zip", (tmp_path / f"{kind}.zip").read_bytes())
    choose(page, again)
    expect(page.locator("#intake-text")).to_have_text("0 pictures added. 4 were here already.")
    other = open_page(server.url + "/collect")
    ready(other)
    choose(other, again)
    expect(other.locator("#intake-text")).to_have_text("4 pictures added.")
    after = kept(other)
    assert {picture["id"] for picture in after} == {picture["id"] for picture in before}
    for picture in before:
        same = next(other for other in after if other["id"] == picture["id"])
        assert (same["sitting"], len(same["boxes"])) == (picture["sitting"], len(picture["boxes"]))
        for one, two in zip(same["boxes"], picture["boxes"], strict=True):
            assert one["label"] == two["label"]
            assert [one[side] for side in "xywh"] == pytest.approx([two[side] for side in "xywh"], abs=0.2)
    other.locator("#undo").click()
    expect(other.locator("#announcements")).to_have_text("Undone: add mine.zip.")
    expect(other.locator(".picture-card")).to_have_count(0)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"../up.jpg": b"x", "a.jpg": b"y"}, "names a file outside of its folder"),
        ({"bomb.jpg": bytes(30_000_000)}, "over 200 times its size"),
        ({"read.me": b"x"}, "There is no picture in this ZIP"),
        ({"sitting-1/broken.jpg": b"\xff\xd8\xff" + bytes(30)}, "This picture is damaged"),
    ],
)
def test_hostile_and_useless_zips(page: Page, files: dict[str, bytes], sentence: str) -> None:
    choose(page, payload("some.zip", zipped(files)))
    expect(page.locator("#intake-text")).to_have_text("0 pictures added.")
    expect(page.locator("#intake-problems li")).to_have_count(1)
    expect(page.locator("#intake-problems li")).to_contain_text(sentence)
    assert kept(page) == []


def test_taking_in_can_be_cancelled(page: Page) -> None:
    files = {f"{number}.jpg": face_jpeg(number) for number in range(0, 240, 3)}
    page.locator("#drop input").set_input_files([payload("many.zip", zipped(files))])
    expect(page.locator("#intake-text")).to_contain_text("of 80 in many.zip")
    page.locator("#cancel-intake").click()
    expect(page.locator("#intake-text")).to_contain_text("Cancelled.")
    assert 0 < len(kept(page)) < 80


def test_labels_of_other_tools_and_boxes_of_no_size(page: Page) -> None:
    shapes = [("mask", [[10, 10], [10, 50]]), ("hat", [[1, 1], [90, 90]]), ("No mask", [[250, 120], [130, 30]])]
    labels = {
        "shapes": [{"label": name, "points": points, "shape_type": "rectangle"} for name, points in shapes],
        "imageWidth": 320,
        "imageHeight": 240,
    }
    files = {"a.jpg": face_jpeg(0), "a.json": json.dumps(labels).encode(), "a.xml": b"<annotation/>"}
    choose(page, payload("foreign.zip", zipped(files)))
    problems = page.locator("#intake-problems li")
    expect(problems).to_have_count(3)
    for i, words in enumerate(("1 XML files", "a.jpg: a box has no size", "the label “hat” is unknown")):
        expect(problems.nth(i)).to_contain_text(words)
    (picture,) = kept(page)
    assert picture["boxes"] == [{"x": 260, "y": 60, "w": 240, "h": 180, "label": "without_mask"}]


def test_files_that_are_no_pictures_and_pictures_without_a_face(page: Page) -> None:
    grey = np.full((300, 400, 3), 120, np.uint8)
    choose(page, payload("grey.jpg", jpeg(grey)), payload("notes.txt", b"hello"), payload("video.webm", b"no video"))
    expect(page.locator("#intake-text")).to_have_text("1 picture added.")
    expect(page.locator("#intake-problems li").first).to_contain_text("notes.txt: This file format is not supported")
    expect(page.locator("#intake-problems li").last).to_contain_text("video.webm: This browser cannot play this video")
    expect(page.locator(".marks")).to_have_text("No face found: draw a box or leave it out")
    expect(page.locator("[data-export=labelme]")).to_be_disabled()
    page.get_by_role("button", name="Leave out picture 1").click()
    expect(page.locator(".marks")).to_have_text("Left out")
    expect(page.locator("#progress-note")).to_have_text("Not counted: 1 left out.")


def test_frames_of_a_video_are_taken_and_near_duplicates_left_out(page: Page, tmp_path: Path) -> None:
    still = [face_frame(astronaut_bgr(), wandering(0))] * 30 + [face_frame(masked_astronaut_bgr(), wandering(90))] * 30
    video = make_video(tmp_path / "clip.webm", still, container="webm", codec="libvpx", fps=20)
    choose(page, payload("clip.webm", video.read_bytes()))
    expect(page.locator("#intake-text")).to_contain_text("added")
    proposed(page)
    pictures = page.locator(".picture-card").count()
    assert 2 <= pictures <= 6
    near = page.locator(".marks", has_text="Near-duplicate of picture")
    assert near.count() == pictures - 2
    expect(near.first).to_have_text("Near-duplicate of picture 1")
    page.locator("#leave-near").click()
    expect(page.locator("#leave-near")).to_be_hidden()
    expect(page.locator("#filter")).to_be_focused()
    expect(page.locator("#progress-note")).to_contain_text(f"{pictures - 2} left out")
    page.locator("#delete-left-out").click()
    expect(page.locator(".picture-card")).to_have_count(2)
    page.locator("#undo").click()
    expect(page.locator(".picture-card")).to_have_count(pictures)


def test_what_leaves_has_no_place_and_is_upright(page: Page, tmp_path: Path) -> None:
    stored = cv2.rotate(astronaut_bgr()[:400], cv2.ROTATE_90_COUNTERCLOCKWISE)
    choose(page, payload("phone.jpg", encoded(stored, "JPEG", orientation=6)))
    proposed(page)
    (picture,) = export(page, tmp_path).rglob("*.jpg")
    assert b"Exif" not in picture.read_bytes()
    assert cv2.imread(str(picture), cv2.IMREAD_IGNORE_ORIENTATION | cv2.IMREAD_COLOR).shape == (400, 512, 3)
    assert kept(page)[0]["boxes"]


def test_boxes_on_the_device(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/collect")
    ready(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.locator("input[name=place][value=device]").check()
    expect(page.locator("p[data-at=device]")).to_be_visible()
    choose_faces(page, [0, 120])
    for picture, number in zip(kept(page), (0, 120), strict=True):
        (box,) = picture["boxes"]
        corners = (box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"])
        assert iou(corners, face_box(wandering(number))) > 0.4
    assert asked == []


def test_a_server_that_is_gone_is_asked_again(page: Page) -> None:
    page.evaluate("() => { window.realFetch = fetch; window.fetch = async () => { throw new TypeError('gone'); }; }")
    choose(page, payload("face.jpg", face_jpeg(0)))
    expect(page.locator(".marks")).to_contain_text("The server cannot be reached")
    page.evaluate("() => { window.fetch = window.realFetch; }")
    page.locator("#propose-again").click()
    expect(page.locator(".marks")).to_be_hidden()
    assert len(kept(page)[0]["boxes"]) == 1


def test_delete_everything_can_be_undone_and_then_is_done(page: Page) -> None:
    choose_faces(page, [0, 60])
    page.locator("#delete-all").click()
    expect(page.locator("#delete-question-text")).to_have_text("Delete all 2 pictures of this device, with all boxes?")
    page.locator("#keep-all").click()
    expect(page.locator("#delete-all")).to_be_focused()
    page.locator("#delete-all").click()
    page.locator("#delete-all-now").click()
    expect(page.locator("#undo-delete-all")).to_be_focused()
    expect(page.locator(".picture-card")).to_have_count(0)
    page.locator("#undo-delete-all").click()
    expect(page.locator(".picture-card")).to_have_count(2)
    assert [len(picture["boxes"]) for picture in kept(page)] == [1, 1]
    page.locator("#delete-all").click()
    page.locator("#delete-all-now").click()
    expect(page.locator(".picture-card")).to_have_count(0)
    page.reload()
    ready(page)
    expect(page.locator("#no-pictures")).to_be_visible()
    page.wait_for_function(f"async () => (await ({PICTURES_JS})()).jpegs === 0")
