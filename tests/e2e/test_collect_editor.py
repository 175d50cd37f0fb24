"""The editor of boxes: by keyboard, by mouse, by fingers, for screen readers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.collect_page import choose_faces, kept, ready
from tests.e2e.conftest import DESK, PHONE, OpenPage
from tests.e2e.test_access import axe_violations, overflows, viewports
from tests.mirror_process import MirrorProcess

SAID = "#editor-announcements"


def opened(page: Page, count: int = 1) -> Page:
    """Collect pictures of a bare face and open the first in the editor."""
    ready(page)
    choose_faces(page, [60 * i for i in range(count)])
    page.locator(".picture-card .open").first.click()
    expect(page.locator(".box").first).to_be_focused()
    return page


@pytest.fixture
def page(server: MirrorProcess, open_page: OpenPage) -> Page:
    return opened(open_page(server.url + "/collect"), 2)


def boxes(page: Page, number: int = 0) -> list[dict[str, Any]]:
    """Return the kept boxes of a picture."""
    return list(kept(page)[number]["boxes"])


def centre(locator: Locator) -> tuple[float, float]:
    """Return the middle of an element, CSS pixels."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_by_keyboard_alone(page: Page) -> None:
    (before,) = boxes(page)
    expect(page.locator(SAID)).to_contain_text("Picture 1 of 2: No mask.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+ArrowUp")
    expect(page.locator(SAID)).to_contain_text("Moved: ")
    (moved,) = boxes(page)
    assert (round(moved["x"] - before["x"]), round(moved["y"] - before["y"])) == (12, -1)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    (resized,) = boxes(page)
    assert (round(resized["w"] - moved["w"]), round(resized["h"] - moved["h"])) == (6, -6)
    page.keyboard.press("3")
    expect(page.locator(SAID)).to_have_text("Worn incorrectly.")
    expect(page.locator("[data-label-button][value=mask_worn_incorrectly]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("b")
    expect(page.locator(".box")).to_have_count(2)
    expect(page.locator(".box").nth(1)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".box").first).to_be_focused()
    expect(page.locator(SAID)).to_contain_text("Box 1 of 2, Worn incorrectly, ")
    page.keyboard.press("Delete")
    expect(page.locator(SAID)).to_have_text("Box deleted.")
    expect(page.locator(".box")).to_have_count(1)
    for step in ("delete a box", "add a box", "relabel a box", "resize a box", "move a box"):
        page.keyboard.press("Control+z")
        expect(page.locator(SAID)).to_have_text(f"Undone: {step}.")
    assert boxes(page) == [before]
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(SAID)).to_have_text("Done again: move a box.")
    assert boxes(page) == [moved]


def test_through_all_pictures_and_back_to_the_list(page: Page) -> None:
    page.keyboard.press("Delete")
    page.keyboard.press("PageDown")
    expect(page.locator("#editor-title")).to_have_text("Picture 2 of 2")
    expect(page.locator(".box")).to_be_focused()
    page.keyboard.press("PageDown")
    expect(page.locator("#editor")).to_be_hidden()
    expect(page.locator(".picture-card .open").nth(1)).to_be_focused()
    expect(page.locator(".marks").first).to_have_text("No face found: draw a box or leave it out")
    assert [picture["checked"] for picture in kept(page)] == [True, True]
    page.locator("body").press("Control+z")
    expect(page.locator("#announcements")).to_have_text("Undone: delete a box.")
    expect(page.locator(".marks").first).to_be_hidden()


def test_pictures_that_undo_has_removed_are_passed_over(page: Page) -> None:
    page.keyboard.press("Escape")
    choose_faces(page, [120])
    page.locator(".picture-card .open").nth(1).click()
    expect(page.locator("#editor-title")).to_have_text("Picture 2 of 3")
    expect(page.locator("#editor-next")).to_have_text("Next")
    page.keyboard.press("Control+z")
    expect(page.locator(SAID)).to_have_text("Undone: add face-120.jpg.")
    expect(page.locator("#editor-title")).to_have_text("Picture 2 of 2")
    expect(page.locator("#editor-next")).to_have_text("Done")
    page.keyboard.press("PageDown")
    expect(page.locator("#editor")).to_be_hidden()
    expect(page.locator(".picture-card .open").nth(1)).to_be_focused()


def test_by_mouse(page: Page) -> None:
    (before,) = boxes(page)
    scale = page.evaluate("() => document.getElementById('editor-stage').clientWidth") / 640
    x, y = centre(page.locator(".box"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 5)
    page.mouse.move(x + 40, y + 20, steps=3)
    page.mouse.up()
    (moved,) = boxes(page)
    assert (moved["x"] - before["x"], moved["y"] - before["y"]) == pytest.approx((40 / scale, 20 / scale), abs=1)
    x, y = centre(page.locator(".handle[data-edges=se]"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 10, steps=3)
    page.mouse.up()
    (resized,) = boxes(page)
    assert (resized["w"] - moved["w"], resized["h"] - moved["h"]) == pytest.approx((30 / scale, -10 / scale), abs=1)
    stage = page.locator("#editor-stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + 10, stage["y"] + stage["height"] - 90)
    page.mouse.down()
    page.mouse.move(stage["x"] + 80, stage["y"] + stage["height"] - 20, steps=3)
    page.mouse.up()
    expect(page.locator(SAID)).to_contain_text("Drawn: ")
    assert boxes(page)[1]["label"] == "without_mask"
    page.mouse.move(stage["x"] + 10, stage["y"] + 200)
    page.mouse.down()
    page.mouse.move(stage["x"] + 14, stage["y"] + 240, steps=3)
    page.mouse.up()
    expect(page.locator(SAID)).to_contain_text("Too small for a box")
    expect(page.locator(".box")).to_have_count(2)
    page.locator("[data-label-button][value=with_mask]").click()
    expect(page.locator(".box[data-label=with_mask]")).to_have_count(1)


def touch(session: Any, kind: str, *points: tuple[float, float]) -> None:
    """Send what fingers do."""
    found = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})


def test_by_fingers(server: MirrorProcess, open_page: OpenPage) -> None:
    page = opened(open_page(server.url + "/collect", viewport=PHONE, has_touch=True, is_mobile=True))
    session = page.context.new_cdp_session(page)
    (before,) = boxes(page)
    x, y = centre(page.locator(".box"))
    touch(session, "touchStart", (x, y))
    for by in (8, 16, 24):
        touch(session, "touchMove", (x + by, y))
    touch(session, "touchEnd")
    (moved,) = boxes(page)
    assert moved["x"] > before["x"] + 20
    assert moved["w"] == before["w"]
    width = page.evaluate("() => document.getElementById('editor-stage').clientWidth")
    touch(session, "touchStart", (x - 20, y))
    touch(session, "touchStart", (x - 20, y), (x + 20, y))
    for by in (30, 45, 60):
        touch(session, "touchMove", (x - by, y), (x + by, y))
    touch(session, "touchEnd")
    assert page.evaluate("() => document.getElementById('editor-stage').clientWidth") > 1.8 * width
    assert boxes(page) == [moved]
    page.locator("#editor-whole").click()
    assert page.evaluate("() => document.getElementById('editor-stage').clientWidth") == width


def test_zoom_by_wheel_keeps_the_point_under_the_pointer(page: Page) -> None:
    x, y = centre(page.locator(".box"))
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function("() => document.getElementById('editor-stage').clientWidth > 1000")
    assert centre(page.locator(".box")) == pytest.approx((x, y), abs=4)


def test_sittings_and_leaving_out(page: Page) -> None:
    page.locator("#editor-sitting").select_option(label="A new sitting")
    page.locator("#editor-leave-out").click()
    expect(page.locator("#editor-note")).to_have_text("Left out")
    picture = kept(page)[0]
    assert (picture["sitting"], picture["leftOut"]) == (2, True)
    page.locator("#editor-undo").click()
    page.locator("#editor-undo").click()
    expect(page.locator(SAID)).to_have_text("Undone: move a picture to another sitting.")
    assert kept(page)[0]["sitting"] == 1


@viewports
def test_access(server: MirrorProcess, open_page: OpenPage, viewport: Any, theme: str) -> None:
    page = open_page(server.url + "/collect", viewport=viewport, color_scheme=theme)
    ready(page)
    assert axe_violations(page) == []
    choose_faces(page, [0, 60])
    page.get_by_role("button", name="Leave out picture 2").click()
    page.locator("#delete-all").click()
    assert axe_violations(page) == []
    assert not overflows(page)
    page.locator(".picture-card .open").first.click()
    expect(page.locator(".box").first).to_be_focused()
    page.locator(".editor-keys summary").click()
    assert axe_violations(page) == []
    assert not overflows(page)
    view = page.locator("#editor-view").bounding_box()
    assert view is not None
    assert view["height"] > (200 if viewport == DESK else 120)
