import assert from "node:assert/strict";
import { test } from "node:test";
import { RollingStats } from "../../../../static/js/live/mirror/rolling_stats.js";

test("events outside the window do not count", () => {
  const stats = new RollingStats(2000);
  assert.equal(stats.mean(0), null);
  for (const [t, value] of [[0, 10], [500, 20], [1000, 30]]) stats.add(t, value);
  assert.equal(stats.rate(1000), 1.5);
  assert.equal(stats.mean(2400), 25);
  assert.equal(stats.rate(9000), 0);
});
