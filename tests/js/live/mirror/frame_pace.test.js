import assert from "node:assert/strict";
import { test } from "node:test";
import { FramePace } from "../../../../static/js/live/mirror/frame_pace.js";

const SERVER_MS = 15;

/** Bytes of a frame, about: by its area and quality. */
const bytes = ({ longerSide_px, quality }) => 0.16 * quality * Math.min(longerSide_px, 416) ** 2;

/** Sends so many frames over a link that carries one byte after the other; as many as may be are under way. */
function use(pace, bytesPerSecond, distance_ms, frames) {
  const underWay = [];
  let now_ms = 0;
  let linkFree_ms = 0;
  for (let sent = 0; sent < frames; sent += 1) {
    const { step, mostInFlight } = pace.frame;
    while (underWay.length >= Math.min(mostInFlight, 4)) {
      const first = underWay.shift();
      now_ms = Math.max(now_ms, first.back_ms);
      pace.reply(first.step, first.back_ms - first.sent_ms, SERVER_MS);
    }
    linkFree_ms = Math.max(linkFree_ms, now_ms) + (1000 * bytes(pace.frame)) / bytesPerSecond;
    underWay.push({ step, sent_ms: now_ms, back_ms: linkFree_ms + distance_ms + SERVER_MS });
    now_ms += 33;
  }
  return pace;
}

test("usual links carry usual frames", () => {
  assert.equal(use(new FramePace(), 1_000_000, 80, 100).reduced, false);
});

test("on 200 kbit/s frames shrink until they are there in half a second", () => {
  const pace = use(new FramePace(), 25_000, 40, 60);
  assert.equal(pace.reduced, true);
  assert.ok((pace.frame.mostInFlight * 1000 * bytes(pace.frame)) / 25_000 < 500);
});

test("frames grow again, step by step, when the link is quick", () => {
  const pace = use(new FramePace(), 25_000, 40, 60);
  use(pace, 5_000_000, 20, 45);
  assert.equal(pace.reduced, true);
  use(pace, 5_000_000, 20, 200);
  assert.equal(pace.reduced, false);
});

test("over a great distance small frames are no sooner there, and stay as they were", () => {
  const pace = use(new FramePace(), 5_000_000, 700, 100);
  assert.equal(pace.reduced, false);
  pace.restart();
  assert.equal(use(pace, 25_000, 40, 30).reduced, true);
});

test("a server that is slow itself does not shrink them", () => {
  const pace = new FramePace();
  for (let i = 0; i < 50; i += 1) pace.reply(0, 1500, 1400);
  assert.equal(pace.reduced, false);
});
