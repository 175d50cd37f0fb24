"""Helpers of the tests of the page that collects."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.moving_face import face_frame, wandering
from tests.pictures import astronaut_bgr, jpeg

PICTURES_JS = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("mask-mirror-collect", 1);
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const stores = opening.result.transaction(["pictures", "jpegs"]);
    const pictures = stores.objectStore("pictures").getAll();
    const jpegs = stores.objectStore("jpegs").count();
    jpegs.onsuccess = () => {
      const found = pictures.result.sort((a, b) => a.order - b.order).map(({ thumbnail, ...rest }) => rest);
      opening.result.close();
      resolve({ pictures: found, jpegs: jpegs.result });
    };
  };
})"""
"""What the browser's database has of the collection."""


def face_jpeg(number: int) -> bytes:
    """Return a picture of 640 x 480 with a face at the place that `wandering` says."""
    return jpeg(face_frame(astronaut_bgr(), wandering(number)))


def payload(name: str, data: bytes) -> FilePayload:
    """Return a file to choose; its type follows from its name."""
    kind = {"jpg": "image/jpeg", "png": "image/png", "zip": "application/zip", "webm": "video/webm"}
    return {"name": name, "mimeType": kind.get(name.rsplit(".", 1)[-1], "application/octet-stream"), "buffer": data}


def ready(page: Page) -> None:
    """Wait until this tab has the collection."""
    expect(page.locator("#work")).not_to_have_attribute("inert", "")


def choose(page: Page, *files: FilePayload) -> None:
    """Choose files and wait until they have been taken in."""
    page.locator("#drop input").set_input_files(list(files))
    expect(page.locator("#cancel-intake")).to_be_hidden()
    expect(page.locator("#intake-text")).to_contain_text("added")


def choose_faces(page: Page, numbers: Sequence[int], state: str = "without_mask") -> None:
    """Choose pictures of a face and wait for the proposed boxes."""
    before = page.locator(".picture-card").count()
    page.locator(f"input[name=state][value={state}]").check()
    choose(page, *(payload(f"face-{number}.jpg", face_jpeg(number)) for number in numbers))
    expect(page.locator(".picture-card")).to_have_count(before + len(numbers))
    proposed(page)


def proposed(page: Page) -> None:
    """Wait until no picture waits for boxes."""
    expect(page.locator(".marks", has_text="Looking for a face")).to_have_count(0)


def kept(page: Page) -> list[dict[str, Any]]:
    """Return the pictures that the browser keeps, in their order, without thumbnails.

    The page writes after it has shown a change: read until nothing changes any more.
    """
    before, now = None, page.evaluate(PICTURES_JS)["pictures"]
    while now != before:
        page.wait_for_timeout(150)
        before, now = now, page.evaluate(PICTURES_JS)["pictures"]
    return list(now)


def export(page: Page, folder: Path, kind: str = "labelme") -> Path:
    """Export and unpack the ZIP; returns the folder with its files. The ZIP lies beside it."""
    with page.expect_download() as download:
        page.locator(f"[data-export={kind}]").click()
    archive = folder / f"{kind}.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(folder / kind)
    return folder / kind
