import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlight } from "../../../static/js/live/in_flight.js";

test("no more frames than the limit are in flight", () => {
  const inFlight = new InFlight(2);
  assert.equal(inFlight.begin(), 1);
  assert.equal(inFlight.begin(), 2);
  assert.equal(inFlight.begin(), null);
  inFlight.end(1);
  assert.equal(inFlight.begin(), 3);
  assert.equal(inFlight.size, 2);
});

test("ending a frame twice frees one place only", () => {
  const inFlight = new InFlight(1);
  const seq = inFlight.begin();
  inFlight.end(seq);
  inFlight.end(seq);
  inFlight.begin();
  assert.equal(inFlight.begin(), null);
});

test("a result that comes after a newer one is outdated", () => {
  const inFlight = new InFlight(2);
  assert.ok(inFlight.isNewest(2));
  assert.ok(!inFlight.isNewest(1));
  assert.ok(!inFlight.isNewest(2));
  assert.ok(inFlight.isNewest(3));
});
