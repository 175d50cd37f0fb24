"""`python -m bench device`: a browser's own detection beside the server's, frame by frame in one run."""

from __future__ import annotations

import base64
import shutil
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, Route, sync_playwright

from bench.browser import ARGUMENTS
from bench.live import natural_jpeg
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
  // The browser answers after its next garbage collection, in its own time.
  const late = new Promise((resolve) => setTimeout(resolve, 30_000, { bytes: null }));
  const measured = crossOriginIsolated ? performance.measureUserAgentSpecificMemory() : { bytes: null };
  const memory = (await Promise.race([measured, late])).bytes;
  return { open_ms, found, memory, threads: crossOriginIsolated ? Math.min(2, navigator.hardwareConcurrency) : 1 };
}"""


def run() -> None:
    """Print the table."""
    jpeg = natural_jpeg()
    print(
        "\nServer and browser on the same machine, one 640x480 frame in turn; the server's trip includes making a JPEG"
    )
    print("| faces detected | ms a frame | p95 | of it inference | faces |\n|---|---|---|---|---|")
    notes = []
    with running_server("multiface") as (port, _, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, CALLS_ALLOWED])
        for isolated, classifier in ((False, False), (True, False), (True, True)):
            measured = measure(browser, f"http://127.0.0.1:{port}", jpeg, isolated, classifier)
            threads = f"{measured['threads']} thread{'s' * (measured['threads'] > 1)}"
            name = f"on the device, {threads}{', second opinions' * classifier}"
            print(row("on the server", measured["found"]["server"]))
            print(row(name, measured["found"]["device"]))
            memory = f", {measured['memory'] / 1e6:.0f} MB of memory" if measured["memory"] else ""
            notes.append(f"{name}: ready after {measured['open_ms'] / 1000:.1f} s{memory}")
        browser.close()
    print("\n".join(["", *notes]))


def measure(browser: Browser, url: str, jpeg: bytes, isolated: bool, classifier: bool) -> dict[str, Any]:
    """Measure both places in a page of its own.

    Args:
        browser: Chromium.
        url: of the server.
        jpeg: the frame.
        isolated: whether the page may use threads.
        classifier: whether the device gives second opinions, as the server does.
    """
    page = browser.new_context(service_workers="block").new_page()
    if not isolated:
        page.route("**/about", _without_isolation)
    page.goto(f"{url}/about")
    found = _evaluate(page, jpeg, classifier)
    page.context.close()
    return found


def row(name: str, frames: Sequence[dict[str, float]]) -> str:
    """Return a line of the table."""
    trips = [frame["trip_ms"] for frame in frames]
    detect = statistics.median(frame["detect_ms"] for frame in frames)
    faces = statistics.mean(frame["faces"] for frame in frames)
    return f"| {name} | {statistics.median(trips):.1f} | {np.percentile(trips, 95):.1f} | {detect:.1f} | {faces:.1f} |"


def _evaluate(page: Page, jpeg: bytes, classifier: bool) -> dict[str, Any]:
    job = {"jpeg": base64.b64encode(jpeg).decode(), "rounds": ROUNDS, "classifier": classifier}
    found: dict[str, Any] = page.evaluate(MEASURE_JS, job)
    return found


def _without_isolation(route: Route) -> None:
    response = route.fetch()
    headers = {name: value for name, value in response.headers.items() if name != "cross-origin-embedder-policy"}
    route.fulfill(response=response, headers=headers)
