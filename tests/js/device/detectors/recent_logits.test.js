import assert from "node:assert/strict";
import { test } from "node:test";
import { RecentLogits } from "../../../../static/js/device/detectors/recent_logits.js";

const BOX = [100, 100, 300, 300];
const MOVED = [110, 100, 310, 300];
const ELSEWHERE = [180, 100, 380, 300];

/** Looks boxes up frame by frame; the first that is computed gets 1, the second 2 and so on. */
async function lookUp(frames) {
  const recent = new RecentLogits();
  let computed = 0;
  const found = [];
  for (const { box, time_s, width = 640 } of frames) {
    recent.begin(time_s, { width, height: 480 });
    found.push(await recent.reusing(async () => ++computed)(box));
  }
  return found;
}

test("a box that stays is computed twice a second", async () => {
  const frames = Array.from({ length: 20 }, (_, i) => ({ box: i % 2 ? BOX : MOVED, time_s: i / 10 }));
  assert.deepEqual(await lookUp(frames), [1, 2, 3, 4].flatMap((n) => Array(5).fill(n)));
});

test("a box elsewhere is computed, and nothing is reused from frames of another size", async () => {
  const frames = [BOX, ELSEWHERE, MOVED, ELSEWHERE].map((box) => ({ box, time_s: 0.1 }));
  assert.deepEqual(await lookUp(frames), [1, 2, 1, 2]);
  assert.deepEqual(await lookUp([640, 416, 416].map((width) => ({ box: BOX, time_s: 0, width }))), [1, 2, 2]);
});
