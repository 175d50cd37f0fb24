import assert from "node:assert/strict";
import { test } from "node:test";
import { isCertain, thresholdText, thresholds } from "../../../../static/js/live/mirror/threshold.js";

const face = (detection_score, label_score, state = "with_mask") => ({ detection_score, label_score, state });

test("at the slider's initial value, the server's exact threshold applies", () => {
  assert.deepEqual(thresholds(0.74, 0.74, 0.7388), { sent: {}, face: 0.7388, label: 0 });
  assert.equal(thresholdText(0.74, 0.74), "standard");
});

test("below it, frames carry the lower threshold", () => {
  assert.deepEqual(thresholds(0.3, 0.74, 0.7388), { sent: { score_threshold: 0.3 }, face: 0.3, label: 0 });
  assert.deepEqual(thresholds(0.73, 0.74, 0.7388), { sent: { score_threshold: 0.73 }, face: 0.73, label: 0 });
});

test("above it, the page filters what the server detects", () => {
  assert.deepEqual(thresholds(0.9, 0.74, 0.7388), { sent: {}, face: 0.9, label: 0.9 });
  assert.equal(thresholdText(0.9, 0.74), "below 90\u00a0%");
});

test("no tag shows less than the chosen value", () => {
  const chosen = thresholds(0.8, 0.64, 0.6388);
  assert.ok(isCertain(face(0.95, 0.8), chosen));
  assert.ok(!isCertain(face(0.95, 0.79), chosen));
  assert.ok(!isCertain(face(0.79, 0.95), chosen));
  assert.ok(!isCertain(face(0.95, 0.65, "not_sure"), chosen));
});

test("at and below the initial value only the certainty of the face counts", () => {
  for (const chosen of [thresholds(0.64, 0.64, 0.6388), thresholds(0.4, 0.64, 0.6388)]) {
    assert.ok(isCertain(face(0.7, 0.4, "not_sure"), chosen));
    assert.ok(!isCertain(face(0.39, 0.99), chosen));
  }
});
