import assert from "node:assert/strict";
import { test } from "node:test";
import { roundHalfEven, roundTo } from "../../../../static/js/device/vision/rounding.js";

test("halves go to the even neighbour, as in Python", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, 7].map((value) => roundHalfEven(value) + 0), [0, 2, 2, 0, -2, 2, 3, 7]);
});

test("decimals", () => {
  assert.equal(roundTo(0.123456, 4), 0.1235);
});
