import assert from "node:assert/strict";
import { test } from "node:test";
import { certaintyText, countParts, countStates, hiddenText, summary, tagText, uncertainLabelText } from "../../../../static/js/shared/faces/text.js";

const faces = (...states) => states.map((state) => ({ state }));
const [M, N, W, U] = ["with_mask", "without_mask", "mask_worn_incorrectly", "not_sure"];

const LINES = [
  [[], "No face in view"],
  [[M], "1 face: with a mask"],
  [[N], "1 face: without a mask"],
  [[W], "1 face: mask worn incorrectly"],
  [[M, N], "2 faces: 1 with a mask, 1 without"],
  [[N, N], "2 faces: all without a mask"],
  [[W, N, M, M], "4 faces: 2 with a mask, 1 without, 1 worn incorrectly"],
  [[U], "1 face: not sure"],
  [[U, M], "2 faces: 1 with a mask, 1 not sure"],
  [[U, U, U], "3 faces: all not sure"],
];
for (const [states, line] of LINES) test(line, () => assert.equal(summary(faces(...states)).replaceAll("\u00a0", " "), line));

test("no line break separates a number from its label", () => {
  assert.equal(summary(faces(M, U, U)), "3 faces: 1\u00a0with a mask, 2\u00a0not\u00a0sure");
});

test("states are counted, absent ones as zero", () => {
  assert.deepEqual(countStates(faces(M, M, W, U)), { with_mask: 2, without_mask: 0, mask_worn_incorrectly: 1, not_sure: 1 });
});

test("counts by state, each a text of its own", () => {
  const texts = (...states) => countParts(countStates(faces(...states))).map(({ state, text }) => [state, text.replaceAll("\u00a0", " ")]);
  assert.deepEqual(texts(M, N, N), [[M, "1 with a mask"], [N, "2 without"]]);
  assert.deepEqual(texts(N, N), [[N, "2 without a mask"]]);
  assert.deepEqual(texts(W, W), [[W, "2 worn incorrectly"]]);
  assert.deepEqual(texts(), []);
  assert.equal(hiddenText(1), "1 face hidden by your setting");
  assert.equal(hiddenText(3), "3 faces hidden by your setting");
});

test("a tag has the label's certainty, except for not sure", () => {
  assert.equal(tagText({ state: W, score: 0.812 }), "Worn incorrectly 81\u00a0%");
  assert.equal(tagText({ state: U, score: 0.52 }), "Not sure");
  assert.equal(tagText({ state: M, score: 0.98, number: 7 }), "7 · Mask 98\u00a0%");
  assert.equal(tagText({ state: U, score: 0.52, number: 12 }), "12 · Not sure");
});

test("the certainty of a face that is not sure never reads 60 %", () => {
  assert.equal(certaintyText({ state: M, label: M, label_score: 0.599 }), "60\u00a0%");
  assert.equal(certaintyText({ state: U, label: M, label_score: 0.5999 }), "59\u00a0%");
  assert.equal(certaintyText({ state: U, label: M, label_score: 0.57 }), "57\u00a0%");
});

test("a face that is not sure has a most probable label", () => {
  assert.equal(uncertainLabelText({ state: U, label: N }), "perhaps no mask");
  assert.equal(uncertainLabelText({ state: N, label: N }), null);
});
