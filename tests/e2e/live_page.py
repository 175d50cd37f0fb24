"""Helpers of the tests of the live page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Download, Page, WebSocketRoute, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

DEADLINE_S = 60.0


def start_mirror(page: Page) -> None:
    """Start the mirror, unless it runs already because this browser has allowed the camera."""
    page.wait_for_function(
        "() => document.getElementById('mirror').dataset.state !== 'idle' || !document.getElementById('start').disabled"
    )
    page.wait_for_timeout(300)
    if page.locator("#mirror").get_attribute("data-state") == "idle":
        # Between the two lines it may have begun by itself: then there is nothing to click.
        with suppress(PlaywrightTimeoutError):
            page.locator("#start").click(timeout=5_000)
    expect(page.locator("#mirror")).to_have_attribute("data-state", "live")


def open_settings(page: Page) -> None:
    """Open the sheet with the settings."""
    page.locator("#settings-button").click()
    expect(page.locator("#settings")).to_be_visible()


def save_picture(page: Page) -> Download:
    """Take a picture and save it."""
    page.locator("#snapshot").click()
    with page.expect_download() as download:
        page.locator("#taken-save").click()
    return download.value


def results(page: Page, at_least: int, condition: Callable[[dict[str, Any]], bool] = bool) -> list[dict[str, Any]]:
    """Wait for this many results that meet the condition, and return them."""
    page.evaluate("() => { results.length = 0 }")
    return until(lambda: [one for one in page.evaluate("() => results") if condition(one)], at_least, page)


class LabelScores:
    """Replaces the `label_score` of the faces in the server's replies to a page.

    Register before the page is opened: `page.route_web_socket("**/socket.io/**", scores.between)`.
    """

    def __init__(self, score: float) -> None:
        self.score = score

    def between(self, page_side: WebSocketRoute) -> None:
        """Forward messages between page and server."""
        server_side = page_side.connect_to_server()
        server_side.on_message(lambda message: page_side.send(self._changed(message)))

    def _changed(self, message: str | bytes) -> str | bytes:
        # An acknowledgement of Socket.IO in Engine.IO's text frame: 43, its number, a JSON list.
        if not isinstance(message, str) or not message.startswith("43"):
            return message
        start = message.index("[")
        arguments = json.loads(message[start:])
        for face in arguments[0].get("faces", []):
            face["label_score"] = self.score
        return message[:start] + json.dumps(arguments)


def frames_sent(page: Page) -> list[dict[str, Any]]:
    """Return a list that grows with the first argument of each `frame` event; call before the page is opened."""
    metas: list[dict[str, Any]] = []

    def keep(packet: str | bytes) -> None:
        # A binary event of Socket.IO: 45, the number of attachments, "-", the event's number, a JSON list.
        if isinstance(packet, str) and packet.startswith("45"):
            name, meta, _ = json.loads(packet[packet.index("[") :])
            assert name == "frame"
            metas.append(meta)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    return metas


def until(poll: Callable[[], list[Any]], at_least: int, page: Page) -> list[Any]:
    """Poll until the list is long enough, and return it."""
    deadline = time.monotonic() + DEADLINE_S
    while len(found := poll()) < at_least:
        assert time.monotonic() < deadline, (
            f"{len(found)} of {at_least}; status: {page.locator('#status').inner_text()}"
        )
        page.wait_for_timeout(200)
    return found


def has_face(result: dict[str, Any]) -> bool:
    """Return whether a result has faces."""
    return len(result["result"]["faces"]) > 0


def largest(marks: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    """Return x1, y1, x2, y2 of the largest mark."""
    mark = max(marks, key=lambda mark: mark["width"])
    return mark["x"], mark["y"], mark["x"] + mark["width"], mark["y"] + mark["height"]
