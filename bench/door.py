"""`python -m bench door`: what the sound of the door costs the mirror, frames with and without it in turn."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from playwright.sync_api import sync_playwright

from bench.browser import FAKE_CAMERA, launch_chromium
from bench.server import running_server

SOUND_WITHOUT_TAP = "--autoplay-policy=no-user-gesture-required"
TURNS = 8
TURN_MS = 5_000
MEASURE_JS = """async ({ turns, turn_ms }) => {
  const { Chime } = await import("/static/js/door/chime.js");
  const { SpokenWord } = await import("/static/js/door/spoken_word.js");
  const chime = new Chime(AudioContext);
  const word = new SpokenWord(speechSynthesis, SpeechSynthesisUtterance);
  word.on = true;
  chime.unlock();
  const states = ["with_mask", "without_mask", "mask_worn_incorrectly"];
  let [answered, painted, longest_ms, last_ms] = [0, 0, 0, performance.now()];
  document.addEventListener("mirror:faces", () => (answered += 1));
  const paint = (now_ms) => {
    painted += 1;
    longest_ms = Math.max(longest_ms, now_ms - last_ms);
    last_ms = now_ms;
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
  const found = { silent: [], sounding: [] };
  for (let turn = -2; turn < 2 * turns; turn += 1) {
    const sounding = turn % 2 !== 0;
    [answered, painted, longest_ms] = [0, 0, 0];
    let chimes = 0;
    const began = performance.now();
    while (performance.now() - began < turn_ms) {
      const now_ms = performance.now();
      // More often than a door with a queue: the chime itself keeps a pause of 1.2 s.
      if (sounding && chime.play(states[chimes % 3], now_ms)) word.say(states[chimes++ % 3], now_ms);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const seconds = (performance.now() - began) / 1000;
    const result = { answered_per_s: answered / seconds, painted_per_s: painted / seconds, longest_ms, chimes };
    if (turn >= 0) found[sounding ? "sounding" : "silent"].push(result);
  }
  return { ...found, voices: speechSynthesis.getVoices().length };
}"""


def run() -> None:
    """Print the table."""
    with running_server("multiface") as (port, _, _), sync_playwright() as playwright:
        browser = launch_chromium(playwright, *FAKE_CAMERA, SOUND_WITHOUT_TAP)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/door")
        page.locator("#door[data-state=live]").wait_for(timeout=60_000)
        found = page.evaluate(MEASURE_JS, {"turns": TURNS, "turn_ms": TURN_MS})
        browser.close()
    print(f"\nThe door's sound, medians of {TURNS} turns of {TURN_MS // 1000} s; {found['voices']} voices")
    print("| | frames answered/s | pictures painted/s | longest gap ms | chimes a turn |\n|---|---|---|---|---|")
    for name in ("silent", "sounding"):
        print(row(name, found[name]))


def row(name: str, turns: Sequence[dict[str, float]]) -> str:
    """Return a line of the table."""

    def median(key: str) -> float:
        return statistics.median(turn[key] for turn in turns)

    return (
        f"| {name} | {median('answered_per_s'):.1f} | {median('painted_per_s'):.1f} | {median('longest_ms'):.0f} "
        f"| {median('chimes'):.0f} |"
    )
