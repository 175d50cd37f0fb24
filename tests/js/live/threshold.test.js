import assert from "node:assert/strict";
import { test } from "node:test";
import { thresholds } from "../../../static/js/live/threshold.js";

test("where the slider began, the server's own threshold holds, to its last digit", () => {
  assert.deepEqual(thresholds(0.74, 0.74, 0.7388), { sent: {}, shown: 0.7388 });
});

test("below it, the server is asked for more", () => {
  assert.deepEqual(thresholds(0.3, 0.74, 0.7388), { sent: { score_threshold: 0.3 }, shown: 0.3 });
  assert.deepEqual(thresholds(0.73, 0.74, 0.7388), { sent: { score_threshold: 0.73 }, shown: 0.73 });
});

test("above it, the page shows fewer of what the server finds anyway", () => {
  assert.deepEqual(thresholds(0.9, 0.74, 0.7388), { sent: {}, shown: 0.9 });
});
