import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withInputSize } from "../../../../static/js/device/runtime/shape_patch.js";

const MODEL = new Uint8Array(readFileSync(new URL("../../../../webapp/models/multiface.tflite", import.meta.url)));

test("only the shapes of input and output change, and the file itself does not", () => {
  const before = MODEL.slice();
  const patched = withInputSize(MODEL, 320, 416);
  assert.deepEqual(MODEL, before);
  assert.equal(patched.length, MODEL.length);
  const changed = [...patched.keys()].filter((i) => patched[i] !== MODEL[i]);
  // Height and width of the input and the locations of the output, each in shape and signature, at most four bytes each.
  assert.ok(changed.length > 0 && changed.length <= 6 * 4, String(changed.length));
});

test("sides that 32 does not divide are refused: the runtime would return uninitialised memory", () => {
  for (const [height, width] of [[300, 416], [320, 400], [0, 32], [-32, 32], [16, 32]]) assert.throws(() => withInputSize(MODEL, height, width), RangeError);
});

test("a file that is no model is refused", () => {
  assert.throws(() => withInputSize(new Uint8Array(64), 32, 32));
});
