import assert from "node:assert/strict";
import { test } from "node:test";
import { numbered } from "../../../static/js/photos/reading_order.js";

const face = (name, x, y, size = 100) => ({ name, box: [x, y, x + size, y + size] });
const order = (...faces) => numbered(faces).map(({ name, number }) => `${number}${name}`).join(" ");

test("faces are numbered line by line, from left to right", () => {
  assert.equal(order(face("d", 300, 210), face("a", 10, 20), face("c", 20, 200), face("b", 300, 5)), "1a 2b 3c 4d");
});

test("a line need not be straight, and large faces may stand beside small ones", () => {
  assert.equal(order(face("b", 200, 40), face("a", 0, 0), face("c", 400, 30), face("d", 100, 300, 40)), "1a 2b 3c 4d");
  assert.equal(order(face("b", 300, 90, 40), face("a", 0, 0, 200)), "1a 2b");
});

test("a single face needs no number", () => {
  assert.deepEqual(numbered([face("a", 0, 0)]), [face("a", 0, 0)]);
  assert.deepEqual(numbered([]), []);
});
