import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, duration, megabytes, percent, timestampedName } from "../../../static/js/shared/numbers.js";

test("a percentage below 100 is never rounded up to it", () => {
  assert.equal(percent(0.996), "99\u00a0%");
  assert.equal(percent(1), "100\u00a0%");
  assert.equal(percent(0), "0\u00a0%");
});

test("sizes and times", () => {
  assert.equal(megabytes(200_000_000), "200\u00a0MB");
  assert.equal(megabytes(1_460_000), "1.5\u00a0MB");
  assert.equal(megabytes(10), "0.1\u00a0MB");
  assert.equal(duration(75), "1\u00a0min 15\u00a0s");
  assert.equal(duration(600), "10\u00a0min");
  assert.equal(duration(3600), "1\u00a0h");
  assert.equal(duration(5400), "1\u00a0h 30\u00a0min");
  assert.equal(duration(-3), "0\u00a0s");
  assert.equal(clock(75.9), "1:15");
});

test("file names sort by time", () => {
  assert.equal(timestampedName(new Date(2024, 4, 6, 7, 8, 9), "png"), "mask-mirror-2024-05-06-070809.png");
});
