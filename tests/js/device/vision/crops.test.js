import assert from "node:assert/strict";
import { test } from "node:test";
import { cropFace, cropFaces } from "../../../../static/js/device/vision/crops.js";
import { FIXTURES, bytes } from "../fixtures.js";

const { width, height, rgba, crops, crop_px } = FIXTURES.pictures;
const frame = { width, height, data: new Uint8ClampedArray(bytes(rgba)) };

for (const { square, rgb } of crops) {
  test(`the crop of ${square} is the core's, to one level`, () => {
    const found = cropFace(frame, square, crop_px);
    const pixels = bytes(rgb);
    assert.equal(found.length, pixels.length);
    assert.ok(found.every((value, i) => Math.abs(value - pixels[i]) <= 1));
  });
}

test("boxes become padded squares", () => {
  assert.deepEqual(cropFaces(frame, [[10, 10, 20, 20]], crop_px, 0.1), [cropFace(frame, [9, 9, 21, 21], crop_px)]);
});
