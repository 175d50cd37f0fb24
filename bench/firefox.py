"""Firefox, driven by WebDriver BiDi: Playwright's own build of it cannot be had everywhere, Debian's package can."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
PREFERENCES = {
    "media.navigator.streams.fake": True,  # a camera that shows moving colours
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_DEADLINE_S = 90.0


class FirefoxPage:
    """One tab.

    Args:
        connection: to the session of BiDi.
        pid: of Firefox.
    """

    def __init__(self, connection: websocket.WebSocket, pid: int) -> None:
        self.pid = pid
        self.errors: list[str] = []
        """Texts of console errors and uncaught exceptions, as they come."""
        self._connection = connection
        self._ids = itertools.count(1)
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])
        self._context = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command of WebDriver BiDi and return its result.

        Raises:
            RuntimeError: Firefox answers with an error.
        """
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv())
            if message.get("method") == "log.entryAdded" and message["params"]["level"] == "error":
                self.errors.append(str(message["params"]["text"]))
            if message.get("id") == number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                return dict(message["result"])

    def goto(self, url: str) -> None:
        """Open an address and wait until it has loaded."""
        self.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function, wait for its promise, and return its result, which JSON can express."""
        call = f"async (text) => JSON.stringify((await ({function})(...JSON.parse(text))) ?? null)"
        reply = self.command(
            "script.callFunction",
            functionDeclaration=call,
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
        )
        if reply["type"] == "exception":
            raise RuntimeError(reply["exceptionDetails"]["text"])
        return json.loads(reply["result"]["value"])

    def click(self, selector: str) -> None:
        """Click the first element that a CSS selector finds."""
        self.evaluate("(selector) => document.querySelector(selector).click()", selector)

    def text(self, selector: str) -> str:
        """Return the visible text of an element, empty where there is none."""
        return str(self.evaluate("(selector) => document.querySelector(selector)?.innerText ?? ''", selector))

    def until(self, function: str, *arguments: str | int) -> None:
        """Wait until a JavaScript function returns something true.

        Raises:
            AssertionError: it does not within a minute and a half.
        """
        deadline = time.monotonic() + _DEADLINE_S
        while not self.evaluate(function, *arguments):
            assert time.monotonic() < deadline, f"{function} {arguments}: {self.text('main')}"
            time.sleep(0.2)

    def until_text(self, selector: str, words: str) -> None:
        """Wait until the text of an element contains words."""
        self.until("(selector, words) => document.querySelector(selector)?.innerText.includes(words)", selector, words)


@contextmanager
def firefox(folder: Path) -> Iterator[FirefoxPage]:
    """Run Firefox with an empty profile in a folder until the block ends."""
    assert PROGRAM
    lines = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (folder / "user.js").write_text(lines)
    command = [PROGRAM, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            address = next(found[1] for line in process.stderr if (found := _LISTENS.search(line)))
            # Without an Origin: Firefox answers none that it has not been told of.
            connection = websocket.create_connection(address + "/session", timeout=120, suppress_origin=True)
            yield FirefoxPage(connection, process.pid)
            connection.close()
        finally:
            process.terminate()
            process.communicate(timeout=30)
