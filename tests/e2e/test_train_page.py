"""The page /train, from a collection to one's own model in the mirror and back; and who may open it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.collect_page import ready
from tests.e2e.conftest import DESK, PHONE, OpenPage
from tests.e2e.live_page import results, start_mirror, until
from tests.e2e.test_access import axe_violations, overflows
from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import encoded, masked_astronaut_bgr
from tests.webapp.studio.drawn_collections import drawn_files, zipped

TOKEN = "a token of many letters"
TRAINING_MS = 400_000


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A server that trains, as `make studio` starts it."""
    variables = {"MASK_MIRROR_STUDIO": "yes", "MASK_MIRROR_PHOTO_TTA": "single", "MASK_MIRROR_STUDIO_WEIGHTS": "none"}
    with mirror_process(tmp_path_factory.mktemp("studio"), "eventlet", **variables) as running:
        yield running


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("collections") / "mine.zip"
    path.write_bytes(zipped(drawn_files(each=4)))
    return path


def start_training(page: Page, collection: Path) -> None:
    """Choose the smallest training, by keyboard, and send the collection."""
    page.get_by_role("radio", name="Find my face").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Judge my mask")).to_be_checked()
    page.locator("#drop input").set_input_files(collection)
    expect(page.locator("#chosen")).to_contain_text("mine.zip")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Network").select_option("scratch")
    for label, value in (("Epochs", "2"), ("Size of its input", "32"), ("Copies", "2")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Start the training").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#my-trainings")).to_be_focused()


def delete_training(page: Page) -> None:
    """Delete the one training of the page."""
    page.get_by_role("button", name="Delete now").click()
    expect(page.locator("#no-trainings")).to_be_visible()


def check(page: Page) -> None:
    """Check what is on the page now, at both ends of the width and in both themes."""
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            assert axe_violations(page) == []
            assert not overflows(page)


def test_from_a_collection_to_the_mirror_and_back(
    studio: MirrorProcess, open_page: OpenPage, collection: Path, tmp_path: Path
) -> None:
    page = open_page(studio.url + "/train")
    check(page)
    start_training(page, collection)
    card = page.locator(".training")
    expect(card).to_have_count(1)
    expect(card.locator("[aria-current=step]")).to_have_count(1, timeout=TRAINING_MS)
    check(page)
    expect(card.locator("h3")).to_have_text("Judge my mask · mine.zip")

    expect(card).to_have_attribute("data-state", "succeeded", timeout=TRAINING_MS)
    expect(card.locator(".figure-line")).to_contain_text("of 12 faces")
    expect(card.get_by_role("img", name="Loss after 2 epochs")).to_be_visible()
    expect(card.get_by_role("img", name="Right labels after 2 epochs")).to_be_visible()
    expect(card.get_by_role("img", name="After epoch 2")).to_be_visible()
    number = card.locator(".matrix button").first
    count = int(number.inner_text())
    number.focus()
    page.keyboard.press("Enter")
    expect(card.locator(".thumbnails img")).to_have_count(count)
    page.wait_for_function("() => [...document.querySelectorAll('.thumbnails img')].every((img) => img.naturalWidth)")
    check(page)
    with page.expect_download() as download:
        card.get_by_role("link", name="Its card").click()
    assert json.loads(Path(download.value.path()).read_text())["task"] == "mask_classifier"

    card.get_by_role("button", name="Use this model").click()
    expect(card.get_by_role("button", name="Back to the shipped model")).to_be_focused()
    picture = tmp_path / "me.jpg"
    picture.write_bytes(encoded(masked_astronaut_bgr()[:400], "JPEG"))
    card.locator("[data-part=comparisonFile]").set_input_files(picture)
    expect(card.locator(".pair img")).to_have_count(2)
    expect(card.locator("[data-part=comparisonStatus]")).to_contain_text("Before: 1 face: with a mask. After: 1 face")
    page.wait_for_function("() => [...document.querySelectorAll('.pair img')].every((img) => img.naturalWidth)")
    check(page)

    # The mirror says so and uses it: two epochs on drawn faces make no sure label, the shipped model does.
    page.goto(studio.url)
    expect(page.locator("#own-model")).to_be_visible()
    start_mirror(page)
    assert max(face["label_score"] for each in results(page, 5) for face in each["result"]["faces"]) < 0.8
    page.get_by_role("button", name="Back to the shipped model").click()
    expect(page.locator("#own-model")).to_be_hidden()
    start_mirror(page)
    assert max(face["label_score"] for each in results(page, 5) for face in each["result"]["faces"]) > 0.8

    # Somebody else sees none of it.
    other = open_page(studio.url + "/train")
    expect(other.locator("#no-trainings")).to_be_visible()
    expect(other.locator(".training")).to_have_count(0)

    page.goto(studio.url + "/train")
    expect(page.get_by_role("button", name="Use this model")).to_be_visible()
    delete_training(page)


def test_a_collection_that_cannot_be_used_says_why_and_the_next_one_can_be_sent(
    studio: MirrorProcess, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(studio.url + "/train")
    text = tmp_path / "notes.txt"
    text.write_text("no ZIP")
    page.locator("#drop input").set_input_files(text)
    expect(page.locator("#send-error")).to_have_text(
        "“notes.txt” is not a ZIP. Export the collection on the page Collect."
    )
    expect(page.get_by_role("button", name="Start the training")).to_be_disabled()

    empty = tmp_path / "mine.zip"
    empty.write_bytes(zipped({"README.md": b"nothing"}))
    page.locator("#drop input").set_input_files(empty)
    expect(page.locator("#send-error")).to_be_hidden()
    page.get_by_role("button", name="Start the training").click()
    expect(page.locator(".training .video-status")).to_contain_text("There is no picture in this ZIP")
    expect(page.locator(".training")).to_have_attribute("data-state", "failed")
    check(page)
    delete_training(page)


def test_a_collection_that_was_not_sent_can_be_sent_again(
    studio: MirrorProcess, open_page: OpenPage, collection: Path
) -> None:
    page = open_page(studio.url + "/train", allowed="Failed to load resource")
    held: list[Route] = []
    page.route("**/api/v1/trainings?*", lambda route: held.append(route))
    page.locator("#drop input").set_input_files(collection)
    start = page.get_by_role("button", name="Start the training")
    start.press("Enter")
    expect(page.locator("#stop-sending")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sending")).to_be_hidden()
    expect(start).to_be_focused()
    page.keyboard.press("Enter")
    until(lambda: list(held), 2, page)
    held[-1].abort()
    expect(page.locator("#send-error")).to_contain_text("cannot be reached")
    expect(start).to_be_focused()


def test_a_training_can_be_cancelled(studio: MirrorProcess, open_page: OpenPage, collection: Path) -> None:
    page = open_page(studio.url + "/train")
    start_training(page, collection)
    page.get_by_role("button", name="Cancel", exact=True).last.click()
    expect(page.locator(".training .video-status")).to_have_text("Cancelled")
    delete_training(page)


def test_a_collection_goes_over_to_the_page_that_trains(
    studio: MirrorProcess, open_page: OpenPage, collection: Path
) -> None:
    page = open_page(studio.url + "/collect")
    ready(page)
    page.get_by_role("link", name="Train with these pictures").click()
    expect(page.locator("#train-status")).to_have_text("There is no picture with a box yet.")
    page.locator("#drop input").set_input_files(collection)
    expect(page.locator("#intake-text")).to_contain_text("added", timeout=60_000)
    expect(page.locator("#cancel-intake")).to_be_hidden(timeout=60_000)
    page.get_by_role("link", name="Train with these pictures").click()
    page.wait_for_url("**/train", timeout=60_000)
    expect(page.locator("#chosen")).to_contain_text(".zip")
    expect(page.get_by_role("button", name="Start the training")).to_be_enabled()


def test_a_public_server_says_why_it_trains_nothing(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/train")
    expect(page.locator("#closed")).to_contain_text("run make studio")
    expect(page.get_by_role("link", name="Train", exact=True)).to_have_count(0)
    check(page)


def test_the_token_opens_the_page(tmp_path: Path, open_page: OpenPage) -> None:
    with mirror_process(tmp_path / "data", "threading", MASK_MIRROR_STUDIO_TOKEN=TOKEN) as running:
        page = open_page(running.url + "/train", allowed="403")
        check(page)
        for token in ("guess", TOKEN):
            page.get_by_label("Token").fill(token)
            page.keyboard.press("Enter")
            if token != TOKEN:
                expect(page.get_by_role("alert").first).to_have_text("This is not the token of this server.")
        expect(page.locator("#no-trainings")).to_be_visible()
        page.reload()
        expect(page.locator("#no-trainings")).to_be_visible()
        other = open_page(running.url + "/train")
        expect(other.get_by_label("Token")).to_be_visible()
