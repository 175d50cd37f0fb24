import assert from "node:assert/strict";
import { test } from "node:test";
import { viewOf } from "../../../static/js/photos/view_rect.js";

const result = (...boxes) => ({ width: 1000, height: 500, faces: boxes.map((box) => ({ box })) });

test("the whole picture", () => {
  assert.deepEqual(viewOf(result(), null), { x: 0, y: 0, width: 1000, height: 500 });
});

test("a face in the middle, with its surroundings, in the picture's proportions", () => {
  const view = viewOf(result([480, 230, 520, 270]), 0);
  assert.deepEqual([view.x + view.width / 2, view.y + view.height / 2].map(Math.round), [500, 250]);
  assert.equal(Math.round((view.width / view.height) * 1000), 2000);
  assert.equal(Math.round((40 / view.height) * 100), 40);
});

test("a face at the edge stays in view, and the view in the picture", () => {
  const view = viewOf(result([0, 460, 40, 500]), 0);
  assert.equal(view.x, 0);
  assert.equal(Math.round(view.y + view.height), 500);
});

test("a face that fills the picture is not enlarged", () => {
  assert.deepEqual(viewOf(result([0, 0, 1000, 500]), 0), { x: 0, y: 0, width: 1000, height: 500 });
});
