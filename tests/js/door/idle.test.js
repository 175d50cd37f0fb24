import assert from "node:assert/strict";
import { test } from "node:test";
import { Idle, clockPlace } from "../../../static/js/door/idle.js";

test("the idle screen shows a while after the last face, or never", () => {
  const idle = new Idle(0);
  assert.equal(idle.isIdle(59_999), false);
  assert.equal(idle.isIdle(60_000), true);
  idle.wake(61_000);
  assert.equal(idle.isIdle(62_000), false);
  idle.after_s = 1;
  assert.equal(idle.isIdle(62_000), true);
  idle.after_s = 0;
  assert.equal(idle.isIdle(1e9), false);
});

test("the clock stands at each place in turn", () => {
  const places = Array.from({ length: 12 }, (_, minute) => clockPlace(minute * 60_000));
  assert.deepEqual(new Set(places), new Set([0, 1, 2, 3, 4, 5]));
  assert.equal(clockPlace(0), clockPlace(59_999));
  assert.ok(places.every((place, i) => place !== places[i + 1]));
});
