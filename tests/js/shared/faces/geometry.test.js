import assert from "node:assert/strict";
import { test } from "node:test";
import { fitRect, mapBox, fitWithin } from "../../../../static/js/shared/faces/geometry.js";

const picture = { width: 640, height: 480 };

test("contain adds bars, cover crops, fill stretches", () => {
  assert.deepEqual(fitRect("contain", { width: 1280, height: 480 }, picture), { x: 320, y: 0, width: 640, height: 480 });
  assert.deepEqual(fitRect("contain", { width: 320, height: 480 }, picture), { x: 0, y: 120, width: 320, height: 240 });
  assert.deepEqual(fitRect("cover", { width: 1280, height: 480 }, picture), { x: 0, y: -240, width: 1280, height: 960 });
  assert.deepEqual(fitRect("fill", { width: 100, height: 50 }, picture), { x: 0, y: 0, width: 100, height: 50 });
});

test("a picture without a size fills its element", () => {
  assert.deepEqual(fitRect("contain", { width: 100, height: 50 }, { width: 0, height: 0 }), { x: 0, y: 0, width: 100, height: 50 });
});

test("a box is mapped with its picture, and mirrored with it", () => {
  const rect = { x: 10, y: 20, width: 320, height: 240 };
  assert.deepEqual(mapBox([0, 0, 640, 480], picture, rect), rect);
  assert.deepEqual(mapBox([64, 48, 128, 96], picture, rect), { x: 42, y: 44, width: 32, height: 24 });
  assert.deepEqual(mapBox([64, 48, 128, 96], picture, rect, true), { x: 10 + (640 - 128) / 2, y: 44, width: 32, height: 24 });
});

test("a picture is scaled down to a longer side and a number of pixels, never enlarged", () => {
  assert.deepEqual(fitWithin({ width: 1280, height: 720 }, 640), { width: 640, height: 360 });
  assert.deepEqual(fitWithin({ width: 320, height: 240 }, 640), { width: 320, height: 240 });
  const small = fitWithin({ width: 8000, height: 6000 }, Infinity, 16_000_000);
  assert.ok(small.width * small.height <= 16_000_000 && small.width > 4600);
  assert.deepEqual(fitWithin({ width: 10_000, height: 1 }, 100), { width: 100, height: 1 });
});
