import assert from "node:assert/strict";
import { test } from "node:test";
import { thresholds } from "../../../static/js/live/threshold.js";

test("at the slider's initial value, the server's exact threshold applies", () => {
  assert.deepEqual(thresholds(0.74, 0.74, 0.7388), { sent: {}, shown: 0.7388 });
});

test("below it, frames carry the lower threshold", () => {
  assert.deepEqual(thresholds(0.3, 0.74, 0.7388), { sent: { score_threshold: 0.3 }, shown: 0.3 });
  assert.deepEqual(thresholds(0.73, 0.74, 0.7388), { sent: { score_threshold: 0.73 }, shown: 0.73 });
});

test("above it, the page filters what the server detects", () => {
  assert.deepEqual(thresholds(0.9, 0.74, 0.7388), { sent: {}, shown: 0.9 });
});
