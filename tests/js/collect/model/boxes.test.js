import assert from "node:assert/strict";
import { test } from "node:test";
import { boxOf, cornersOf, drawnBox, middleBox, movedBox, resizedBox, SMALLEST_PX } from "../../../../static/js/collect/model/boxes.js";

const SIZE = { width: 100, height: 80 };
const box = { x: 10, y: 10, w: 30, h: 20, label: "with_mask" };

test("a moved box keeps its size and stays inside the picture", () => {
  assert.deepEqual(movedBox(box, 5, -3, SIZE), { ...box, x: 15, y: 7 });
  assert.deepEqual(movedBox(box, -50, 500, SIZE), { ...box, x: 0, y: 60 });
});

test("edges move alone or together, neither past the other one nor out of the picture", () => {
  assert.deepEqual(cornersOf(resizedBox(box, "se", 5, 6, SIZE)), [10, 10, 45, 36]);
  assert.deepEqual(cornersOf(resizedBox(box, "nw", -50, -50, SIZE)), [0, 0, 40, 30]);
  assert.deepEqual(cornersOf(resizedBox(box, "w", 500, 7, SIZE)), [40 - SMALLEST_PX, 10, 40, 30]);
  assert.deepEqual(cornersOf(resizedBox(box, "e", 500, 0, SIZE)), [10, 10, 100, 30]);
});

test("a box is drawn from any corner; one of no size is none", () => {
  assert.deepEqual(drawnBox({ x: 50, y: 60 }, { x: 20, y: -9 }, SIZE, "with_mask"), { x: 20, y: 0, w: 30, h: 60, label: "with_mask" });
  assert.equal(drawnBox({ x: 50, y: 60 }, { x: 50, y: 20 }, SIZE, "with_mask"), null);
  assert.equal(drawnBox({ x: 200, y: 0 }, { x: 300, y: 60 }, SIZE, "with_mask"), null);
});

test("the box in the middle of a part lies in that part, and in the picture", () => {
  assert.deepEqual(middleBox({ x: 40, y: 0, width: 60, height: 30 }, SIZE, "with_mask"), { x: 60, y: 10, w: 20, h: 10, label: "with_mask" });
});

test("corners become a box in tenths of a pixel", () => {
  assert.deepEqual(boxOf([1.04, 2, 3.26, 4], "with_mask"), { x: 1, y: 2, w: 2.2, h: 2, label: "with_mask" });
});
