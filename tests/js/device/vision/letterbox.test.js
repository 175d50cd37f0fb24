import assert from "node:assert/strict";
import { test } from "node:test";
import { fitFrame } from "../../../../static/js/device/vision/letterbox.js";
import { FIXTURES, assertClose, bytes } from "../fixtures.js";

const { width, height, rgba, fitted } = FIXTURES.pictures;
const frame = { width, height, data: new Uint8ClampedArray(bytes(rgba)) };

for (const [name, expected] of Object.entries(fitted)) {
  test(`a frame of ${width} x ${height} at ${name} is the core's, to one level`, () => {
    const found = fitFrame(frame, Number.parseInt(name, 10), name.endsWith("m"));
    assert.deepEqual([found.width, found.height], [expected.width, expected.height]);
    assertClose(found.factors, expected.factors);
    const pixels = bytes(expected.rgb);
    assert.equal(found.input.length, pixels.length);
    assert.ok(found.input.every((value, i) => Math.abs(value - pixels[i]) <= 1));
  });
}

test("both sides are multiples of 32, with grey on the right and below", () => {
  const { input, width: wide, height: high } = fitFrame({ width: 40, height: 30, data: new Uint8ClampedArray(40 * 30 * 4) }, 40);
  assert.deepEqual([wide, high], [64, 32]);
  assert.deepEqual([...input.slice(-3)], [114, 114, 114]);
  assert.deepEqual([...input.slice(0, 3)], [0, 0, 0]);
});
