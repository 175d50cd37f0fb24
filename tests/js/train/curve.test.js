import assert from "node:assert/strict";
import { test } from "node:test";
import { curveText, geometry, pathOf } from "../../../static/js/train/curve.js";

test("a curve runs from the first epoch on the left to the last on the right, larger values higher", () => {
  const { points, top, left, right, bottom } = geometry({ values: [[2, 1, 0]], epochs: 3 });
  assert.equal(top, 2);
  assert.deepEqual(points[0].map(([x]) => x), [left, (left + right) / 2, right]);
  assert.ok(points[0][0][1] < points[0][1][1]);
  assert.equal(points[0][2][1], bottom);
});

test("an epoch without a finite value leaves a gap, and epochs to come leave room", () => {
  const { points } = geometry({ values: [[0.5, null, undefined, 1]], epochs: 8, most: 1 });
  assert.equal(points[0].length, 2);
  assert.match(pathOf(points[0]), /^M34\.0 .*L/);
});

test("curves are words too", () => {
  assert.equal(curveText("Loss", [1, 0.5], [1.2, null]), "Loss after 2 epochs: training 0.50, other pictures 1.2");
});
