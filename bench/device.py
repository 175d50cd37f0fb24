"""`python -m bench device`: a browser's own detection beside the server's, frame by frame in one run.

Chromium, and Firefox where there is one.
"""

from __future__ import annotations

import base64
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Browser, Route, sync_playwright

from bench.browser import launch_chromium
from bench.firefox import PROGRAM, firefox
from bench.live import natural_jpeg
from bench.load.processes import tree_usage
from bench.server import running_server

ROUNDS = 60
# A page whose headers are changed on the way counts as one of another network, which may not call this machine.
CALLS_ALLOWED = "--disable-features=LocalNetworkAccessChecks"
MEASURE_JS = """async ({ jpeg, rounds, classifier }) => {
  const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
  const frame = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const { Connection } = await import("/static/js/live/mirror/connection.js");
  const { DeviceDetector } = await import("/static/js/device/device_detector.js");
  const connection = await new Promise((resolve) => {
    const made = new Connection((state) => state === "open" && resolve(made));
    made.open();
  });
  const device = new DeviceDetector("/device.json");
  const started = performance.now();
  await device.open("stream", { classifier, wide: false });
  const open_ms = performance.now() - started;
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  const encode = async () => {
    canvas.getContext("2d").drawImage(frame, 0, 0);
    return (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.75 })).arrayBuffer();
  };
  const places = {
    server: async (meta) => connection.send(meta, await encode()),
    device: async (meta) => device.send(meta, await createImageBitmap(frame)),
  };
  const found = { server: [], device: [] };
  // In turn: a busy moment of the machine strikes both alike.
  for (let seq = -5; seq < rounds; seq += 1) {
    for (const [place, send] of Object.entries(places)) {
      const sent = performance.now();
      const result = await send({ seq: seq + 5, captured_ms: sent });
      const [trip_ms, detect_ms] = [performance.now() - sent, result.timings.detect_ms];
      if (seq >= 0) found[place].push({ trip_ms, detect_ms, faces: result.faces.length });
    }
  }
  return { open_ms, found, threads: crossOriginIsolated ? Math.min(2, navigator.hardwareConcurrency) : 1 };
}"""


class Measured(NamedTuple):
    """What one page measured.

    Args:
        name: browser, threads and models.
        page: results of the script.
        memory_mb: what the browser's processes took more than after loading the page, shared pages divided.
    """

    name: str
    page: dict[str, Any]
    memory_mb: float


def run() -> None:
    """Print the table."""
    print(
        "\nServer and browser on the same machine, one 640x480 frame in turn; the server's trip includes making a JPEG"
    )
    print("| faces detected | ms a frame | p95 | of it inference | faces |\n|---|---|---|---|---|")
    notes = []
    with running_server("multiface") as (port, _, _):
        for name, page, memory_mb in (*in_chromium(port), *(in_firefox(port) if PROGRAM else ())):
            print(row(f"{name}: on the server", page["found"]["server"]))
            print(row(f"{name}: on the device", page["found"]["device"]))
            notes.append(f"{name}: ready after {page['open_ms'] / 1000:.1f} s, {memory_mb:.0f} MB of memory")
    print("\n".join(["", *notes]))


def in_chromium(port: int) -> Iterator[Measured]:
    """Measure with one thread, with two, and with second opinions, each in a browser of its own."""
    with sync_playwright() as playwright:
        for isolated, classifier in ((False, False), (True, False), (True, True)):
            browser = launch_chromium(playwright, CALLS_ALLOWED)
            page = browser.new_context(service_workers="block").new_page()
            if not isolated:
                page.route("**/about", _without_isolation)
            page.goto(f"http://127.0.0.1:{port}/about")
            yield _measure("Chromium", page.evaluate, _chromium_pid(browser), classifier)
            browser.close()


def in_firefox(port: int) -> Iterator[Measured]:
    """Measure with two threads, without and with second opinions, each in a browser of its own."""
    for classifier in (False, True):
        with tempfile.TemporaryDirectory() as folder, firefox(Path(folder)) as page:
            page.goto(f"http://127.0.0.1:{port}/about")
            yield _measure("Firefox", page.evaluate, page.pid, classifier)


def row(name: str, frames: Sequence[dict[str, float]]) -> str:
    """Return a line of the table."""
    trips = [frame["trip_ms"] for frame in frames]
    detect = statistics.median(frame["detect_ms"] for frame in frames)
    faces = statistics.mean(frame["faces"] for frame in frames)
    return f"| {name} | {statistics.median(trips):.1f} | {np.percentile(trips, 95):.1f} | {detect:.1f} | {faces:.1f} |"


def _measure(browser: str, evaluate: Callable[..., Any], pid: int, classifier: bool) -> Measured:
    job = {"jpeg": base64.b64encode(natural_jpeg()).decode(), "rounds": ROUNDS, "classifier": classifier}
    before_mb = tree_usage(pid).pss_mb
    page: dict[str, Any] = evaluate(MEASURE_JS, job)
    threads = f"{page['threads']} thread{'s' * (page['threads'] > 1)}"
    name = f"{browser}, {threads}{', second opinions' * classifier}"
    return Measured(name, page, tree_usage(pid).pss_mb - before_mb)


def _chromium_pid(browser: Browser) -> int:
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return next(int(process["id"]) for process in processes if process["type"] == "browser")


def _without_isolation(route: Route) -> None:
    response = route.fetch()
    headers = {name: value for name, value in response.headers.items() if name != "cross-origin-embedder-policy"}
    route.fulfill(response=response, headers=headers)
