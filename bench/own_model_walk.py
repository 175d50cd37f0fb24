"""A new user's way through the pages, timed: from the first picture to one's own model in the mirror.

    python -m bench.own_model_walk CLIPS [--weights FILE] [--options epochs=2,copies=20,size_px=96]

A headless Chromium does on /collect and /train what a person does, with pictures out of the clips of `bench.own_model`:
thirty a state and sitting, two sittings. Clicks are those of a person who lets the proposed boxes stand.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import FilePayload, Page, sync_playwright

from bench.browser import FAKE_CAMERA, launch_chromium
from bench.own_model import EACH, pictures
from bench.server import running_app

PATIENCE_MS = 30 * 60 * 1000


class Walk:
    """Clicks and minutes so far.

    Args:
        page: of the browser.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._began = time.monotonic()
        self.clicks = 0
        self.rows: list[tuple[str, float, int]] = []

    def click(self, selector: str) -> None:
        """Click, as soon as that is possible."""
        self._page.locator(selector).click(timeout=PATIENCE_MS)
        self.clicks += 1

    def choose(self, files: list[FilePayload]) -> None:
        """Choose files, a click and a choice in the dialog, and wait until their boxes are proposed."""
        before = self._page.locator(".picture-card").count()
        self._page.locator("#drop input").set_input_files(files)
        self.clicks += 2
        self._page.wait_for_function(
            "(least) => document.querySelectorAll('.picture-card').length > least"
            " && document.getElementById('cancel-intake').hidden"
            " && ![...document.querySelectorAll('.marks')].some((mark) => mark.textContent.includes('Looking for'))",
            arg=before,
            timeout=PATIENCE_MS,
        )

    def done(self, step: str) -> None:
        """Note that a step of the way is done."""
        self.rows.append((step, (time.monotonic() - self._began) / 60, self.clicks))


def files_of(clips: Path) -> dict[tuple[int, str], list[FilePayload]]:
    """Return JPEG files by sitting and state."""
    files: dict[tuple[int, str], list[FilePayload]] = defaultdict(list)
    for sitting, state, name, jpeg in pictures(clips, EACH):
        files[sitting, state].append({"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": jpeg})
    return files


def walk(page: Page, url: str, files: dict[tuple[int, str], list[FilePayload]], options: dict[str, str]) -> Walk:
    """Go the whole way and return its times."""
    way = Walk(page)
    page.goto(f"{url}/collect")
    page.wait_for_function("() => !document.getElementById('work').inert")
    for sitting in (1, 2):
        if sitting == 2:
            way.click("#new-sitting")
        for of, state in sorted(files):
            if of == sitting:
                way.click(f"#states input[value={state}]")
                way.choose(files[of, state])
    way.done("pictures and proposed boxes")
    way.click("#train-with")
    page.wait_for_url("**/train", timeout=PATIENCE_MS)
    way.click("input[name=task][value=classifier]")
    if options:
        way.click("summary")
        for name, value in options.items():
            page.locator(f"[name={name}]").fill(value)
            way.clicks += 1
    way.click("#start")
    page.locator(".training[data-state=succeeded]").wait_for(timeout=PATIENCE_MS)
    way.done("trained")
    way.click("text=Use this model")
    page.get_by_role("button", name="Back to the shipped model").wait_for(timeout=PATIENCE_MS)
    page.goto(url)
    # A browser that has allowed the camera, as this one has, begins by itself.
    page.locator(".mirror[data-state=live]").wait_for(timeout=PATIENCE_MS)
    page.locator("#own-model").wait_for()
    way.done("in the mirror")
    return way


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.own_model_walk", description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--weights", default="imagenet", help="see MASK_MIRROR_STUDIO_WEIGHTS")
    parser.add_argument("--options", default="", help="fields under More, like epochs=2,copies=20")
    args = parser.parse_args()
    options = dict(pair.split("=", 1) for pair in filter(None, args.options.split(",")))
    os.environ |= {"MASK_MIRROR_STUDIO": "yes", "MASK_MIRROR_STUDIO_WEIGHTS": args.weights}
    with running_app("eventlet") as (port, _, _), sync_playwright() as playwright:
        browser = launch_chromium(playwright, *FAKE_CAMERA)
        page = browser.new_context().new_page()
        page.set_default_timeout(60_000)
        way = walk(page, f"http://127.0.0.1:{port}", files_of(args.clips), options)
        page.goto(f"http://127.0.0.1:{port}/train")
        figure = page.locator(".figure-line").inner_text()
        browser.close()
    print("| step | minutes since the beginning | clicks |\n|---|---|---|")
    for step, minutes, clicks in way.rows:
        print(f"| {step} | {minutes:.1f} | {clicks} |")
    print(figure)


if __name__ == "__main__":
    main()
