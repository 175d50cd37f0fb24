"""From a collection to the visitor's own classifier, on the page that collects, and on to the mirror."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.e2e.collect_page import choose, payload, ready
from tests.e2e.conftest import DESK, PHONE, RECORD_RESULTS_JS, OpenPage
from tests.e2e.live_page import open_settings, start_mirror
from tests.e2e.moving_face import face_box, face_frame, wandering
from tests.e2e.test_access import axe_violations, overflows
from tests.e2e.test_device import changed_worker, choose_device
from tests.e2e.test_personal import until_mask
from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, jpeg, masked_astronaut_bgr

BARE, MASKED = astronaut_bgr(), masked_astronaut_bgr()
CONTRARY = ((BARE, "with_mask"), (MASKED, "without_mask"))
"""Labels of a visitor for whom a bare face wears a mask: what the classifier learns shows."""
AS_THEY_ARE = ((BARE, "without_mask"), (MASKED, "with_mask"))
LAMPS = {1: 1.0, 2: 0.7}


def labelled_zip(sittings: Iterable[int], each: int = 5, states: Iterable[tuple[np.ndarray, str]] = CONTRARY) -> bytes:
    """Return a ZIP of pictures with labelme labels: so many of each state in each sitting."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for sitting in sittings:
            for picture, label in states:
                for number in range(each):
                    place = wandering(40 * number + 7 * sitting)
                    lit = np.clip(face_frame(picture, place) * LAMPS[sitting], 0, 255).astype(np.uint8)
                    x1, y1, x2, y2 = face_box(place)
                    shape = {"label": label, "points": [[x1, y1], [x2, y2]], "shape_type": "rectangle"}
                    name = f"sitting-{sitting}/{label}-{number}"
                    archive.writestr(f"{name}.jpg", jpeg(lit))
                    labels = {"shapes": [shape], "imageWidth": 640, "imageHeight": 480}
                    archive.writestr(f"{name}.json", json.dumps(labels))
    return buffer.getvalue()


def collect(page: Page, archive: bytes) -> None:
    """Take a labelled ZIP in."""
    ready(page)
    before = page.locator(".picture-card").count()
    choose(page, payload("mine.zip", archive))
    pictures = [name for name in zipfile.ZipFile(io.BytesIO(archive)).namelist() if name.endswith(".jpg")]
    expect(page.locator(".picture-card")).to_have_count(before + len(pictures))


def own_mark(page: Page) -> Locator:
    """Return the words over the picture that stand there while the visitor's own classifier is used."""
    return page.locator(".where [data-personal]")


def finished(page: Page) -> Locator:
    """Return what the section says, once it is through."""
    expect(page.locator("#fit-status")).to_be_visible()
    expect(page.locator("#cancel-fit")).to_be_hidden()
    return page.locator("#fit-text")


@pytest.fixture
def page(server: MirrorProcess, open_page: OpenPage) -> Page:
    return open_page(server.url + "/collect")


def test_from_the_collection_to_an_open_mirror_and_on(server: MirrorProcess, page: Page) -> None:
    collect(page, labelled_zip((1, 2)))
    mirror = page.context.new_page()
    mirror.add_init_script(RECORD_RESULTS_JS)
    mirror.goto(server.url)
    start_mirror(mirror)
    choose_device(mirror)
    until_mask(mirror, lambda prob: prob < 0.1)
    page.locator("#fit").click()
    expect(finished(page)).to_have_text(
        "It helps: of 20 faces 0 % were right before, 100 % are now"
        " (each of 2 sittings tested with what the others taught)."
    )
    sentence = page.locator("#personal-text")
    expect(sentence).to_contain_text("Your own classifier is on (cross-validated: 0 % → 100 % right)")
    # The other tab takes it up by itself. The detector is certain of a bare face, and its labels count for a third.
    expect(own_mark(mirror)).to_be_visible()
    until_mask(mirror, lambda prob: prob > 0.35)
    with page.expect_download() as saved:
        page.locator("#personal-save").click()
    file = json.loads(Path(saved.value.path()).read_text())
    assert file["examples"].keys() == {"sitting-1", "sitting-2"}
    page.locator("#personal-delete").click()
    expect(own_mark(mirror)).to_be_hidden()
    until_mask(mirror, lambda prob: prob < 0.1)
    page.locator("#personal-undo").press("Enter")
    expect(own_mark(mirror)).to_be_visible()
    mirror.close()
    # Nothing was chosen in this tab: the link leads to the device.
    page.evaluate("() => localStorage.removeItem('mask-mirror.place')")
    page.locator("#fit-mirror").click()
    start_mirror(page)
    expect(own_mark(page)).to_be_visible()
    until_mask(page, lambda prob: prob > 0.35)


def test_another_one_replaces_it_and_undo_brings_it_back(page: Page) -> None:
    collect(page, labelled_zip((1, 2)))
    expect(page.locator("#fit-notes li")).to_have_count(0)
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It helps: of 20 faces")
    page.locator("#undo").click()
    expect(page.locator(".picture-card")).to_have_count(0)
    collect(page, labelled_zip((1,)))
    expect(page.locator("#fit-notes li")).to_contain_text("All of it is from one sitting")
    expect(page.locator("#personal-undo")).to_be_hidden()
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It helps: of 10 faces 0 % were right before, 100 % are now (parts of one")
    expect(page.locator("#personal-text")).to_contain_text("on one sitting, which flatters")
    page.locator("#personal-undo").click()
    expect(page.locator("#personal-text")).not_to_contain_text("flatters")
    expect(page.locator("#personal-delete")).to_be_focused()


def test_one_that_does_not_help_changes_nothing(page: Page) -> None:
    # What one sitting teaches is wrong in the other.
    collect(page, labelled_zip((1,)))
    collect(page, labelled_zip((2,), states=AS_THEY_ARE))
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It does not help: of 20 faces 50 % are right without it")
    expect(page.locator("#fit-text")).to_contain_text("Nothing changes; faces are labelled as before.")
    expect(page.locator("#fit-mirror")).to_be_hidden()
    expect(page.locator("#personal-save")).to_be_hidden()
    page.reload()
    ready(page)
    expect(page.locator("#personal-load")).to_be_visible()


def test_what_is_missing_is_said(page: Page) -> None:
    ready(page)
    notes = page.locator("#fit-notes li")
    expect(notes).to_have_text("There is no picture with a box yet.")
    page.locator("#fit").press("Enter")
    expect(page.locator("#announcements")).to_have_text("There is no picture with a box yet.")
    expect(page.locator("#fit-status")).to_be_hidden()
    collect(page, labelled_zip((1,), states=CONTRARY[:1]))
    expect(notes).to_contain_text("All boxes show one state: “Mask” has 5 boxes.")
    collect(page, labelled_zip((2,), each=2, states=CONTRARY[1:]))
    expect(notes).to_contain_text("“Mask” has 5 boxes, “No mask” has 2 boxes.")
    expect(page.locator("#fit")).to_have_attribute("aria-disabled", "true")


def test_cancelling_changes_nothing_and_it_can_begin_again(page: Page) -> None:
    collect(page, labelled_zip((1, 2)))
    page.evaluate(
        """() => {
          const decode = createImageBitmap;
          window.createImageBitmap = (...given) => new Promise((go) => (window.goOn = go)).then(() => decode(...given));
        }"""
    )
    page.locator("#fit").press("Enter")
    expect(page.locator("#fit-text")).to_have_text("Picture 1 of 20")
    page.locator("#cancel-fit").focus()
    page.keyboard.press("Enter")
    page.evaluate("() => window.goOn()")
    expect(finished(page)).to_have_text("Cancelled. Nothing has changed.")
    expect(page.locator("#fit")).to_be_focused()
    expect(page.locator("#personal-load")).to_be_visible()
    page.reload()
    ready(page)
    page.locator("#fit").press("Enter")
    expect(finished(page)).to_contain_text("It helps")


def test_pictures_that_the_browser_lost_are_passed_over(page: Page) -> None:
    collect(page, labelled_zip((1, 2), each=6))
    page.evaluate(
        """() => new Promise((done) => {
          const opening = indexedDB.open("mask-mirror-collect", 1);
          opening.onsuccess = () => {
            const jpegs = opening.result.transaction("jpegs", "readwrite").objectStore("jpegs");
            jpegs.getAllKeys().onsuccess = ({ target }) => jpegs.delete(target.result[0]);
            jpegs.transaction.oncomplete = done;
          };
        })"""
    )
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It helps: of 23 faces")
    expect(page.locator("#fit-text")).to_contain_text("1 picture could not be read and was passed over.")


def test_a_browser_that_keeps_nothing_lets_it_be_saved(page: Page) -> None:
    collect(page, labelled_zip((1, 2)))
    page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = function (...given) {
            if (this.name === "personal") throw new DOMException("full", "QuotaExceededError");
            return put.apply(this, given);
          };
        }"""
    )
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("It helps: of 20 faces")
    expect(page.locator("#personal-text")).to_contain_text("This browser could not keep your own classifier")
    expect(page.locator("#fit-mirror")).to_be_hidden()
    with page.expect_download() as saved:
        page.locator("#personal-save").click()
    assert json.loads(Path(saved.value.path()).read_text())["weight"] > 0


def test_a_device_that_cannot_run_it_says_why(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank", allowed="worker.js")
    changed_worker(page, wasm=False)
    page.goto(server.url + "/collect")
    collect(page, labelled_zip((1, 2)))
    page.locator("#fit").click()
    expect(finished(page)).to_contain_text("does not allow WebAssembly")
    expect(page.locator("#fit-text")).to_contain_text("Nothing has changed.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_every_size_and_theme(server: MirrorProcess, open_page: OpenPage, viewport: ViewportSize, theme: str) -> None:
    page = open_page(server.url + "/collect", viewport=viewport, color_scheme=theme)
    collect(page, labelled_zip((1,)))
    assert axe_violations(page) == []
    page.locator("#fit").focus()
    page.keyboard.press("Enter")
    expect(finished(page)).to_contain_text("It helps")
    assert axe_violations(page) == []
    assert not overflows(page)
    page.locator("#fit").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#fit-mirror")).to_be_focused()
    page.keyboard.press("Enter")
    open_settings(page)
    expect(page.locator("#personal-text")).to_contain_text("Your own classifier is on")
