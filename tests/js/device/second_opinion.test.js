import assert from "node:assert/strict";
import { test } from "node:test";
import { selectFaces } from "../../../static/js/device/second_opinion.js";
import { FIXTURES } from "./fixtures.js";

test("the faces selected are the core's", () => {
  assert.ok(FIXTURES.opinions.some(({ selected }) => selected.length === 2));
  for (const { xyxy, label_probs, since_s, selected } of FIXTURES.opinions) {
    const states = label_probs.map((probs, i) => ({ label_probs: probs, since_s: since_s[i] ?? Infinity }));
    assert.deepEqual(selectFaces(xyxy, states), selected);
  }
});

test("no faces", () => {
  assert.deepEqual(selectFaces([], []), []);
});
