import assert from "node:assert/strict";
import { test } from "node:test";
import { isKnownAnswer, knownInput, samples } from "../../../../static/js/device/runtime/known_answer.js";

test("the fixed picture", () => {
  assert.deepEqual([...knownInput(9)], [0, 37, 74, 111, 148, 185, 222, 3, 40]);
});

test("samples come from evenly spaced places", () => {
  assert.deepEqual(samples([0, 1, 2, 3, 4, 5, 6], 3), [0, 2, 4]);
});

test("numbers near those of the card pass, others do not", () => {
  const card = { outputs: [[1, 2], [0.5]] };
  assert.ok(isKnownAnswer([Float32Array.of(1.0005, 2), Float32Array.of(0.5)], card));
  assert.ok(isKnownAnswer([Float32Array.of(0.5), Float32Array.of(1.0005, 2)], card), "in another order");
  assert.ok(!isKnownAnswer([Float32Array.of(1.1, 2), Float32Array.of(0.5)], card));
  assert.ok(!isKnownAnswer([Float32Array.of(NaN, 2), Float32Array.of(0.5)], card));
  assert.ok(!isKnownAnswer([Float32Array.of(1, 2), Float32Array.of(0.6)], card));
});
