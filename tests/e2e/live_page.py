"""What the tests of the live page do again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

DEADLINE_S = 60.0


def start_mirror(page: Page) -> None:
    """Start the mirror, unless this browser allowed the camera before and it runs already."""
    page.wait_for_timeout(300)
    if page.locator("#mirror").get_attribute("data-state") == "idle":
        page.locator("#start").click()
    expect(page.locator("#mirror")).to_have_attribute("data-state", "live")


def faces_seen(page: Page, at_least: int, wanted: Callable[[dict[str, Any]], bool] = bool) -> list[dict[str, Any]]:
    """Wait until the mirror told this often of what is wanted, and return those tellings."""
    page.evaluate("() => { facesSeen.length = 0 }")
    return until(lambda: [seen for seen in page.evaluate("() => facesSeen") if wanted(seen)], at_least, page)


def until(look: Callable[[], list[Any]], at_least: int, page: Page) -> list[Any]:
    """Look again until there is enough to see."""
    deadline = time.monotonic() + DEADLINE_S
    while len(found := look()) < at_least:
        assert time.monotonic() < deadline, (
            f"{len(found)} of {at_least}; the line: {page.locator('#line').inner_text()}"
        )
        page.wait_for_timeout(200)
    return found


def has_face(seen: dict[str, Any]) -> bool:
    """Tell whether any face was seen."""
    return len(seen["answer"]["faces"]) > 0


def largest(marks: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    """Return x1, y1, x2, y2 of the largest mark."""
    mark = max(marks, key=lambda mark: mark["width"])
    return mark["x"], mark["y"], mark["x"] + mark["width"], mark["y"] + mark["height"]
