import assert from "node:assert/strict";
import { test } from "node:test";
import { Calibration } from "../../../../static/js/device/detectors/calibration.js";
import { streamViews } from "../../../../static/js/device/detectors/views.js";
import { FIXTURES, assertClose } from "../fixtures.js";

const { card, merged, unbiased, calibrated, nearest_thresholds } = FIXTURES.detector;
const views = [...streamViews(96), ...streamViews(64)];

test("bias and scores are the core's", () => {
  const calibration = Calibration.ofCard(card, views);
  assertClose(merged.map(({ box }) => calibration.unbiased(box)), unbiased, 0.02);
  assertClose(merged.map(({ detection_score }, i) => calibration.apply(detection_score, unbiased[i], 96)), calibrated);
  assert.equal(calibration.threshold, card.calibration["96+64"].threshold);
});

test("views that the card lacks get the calibration of the nearest size", () => {
  assertClose([256, 416, 640].map((sizePx) => Calibration.ofCard(card, streamViews(sizePx)).threshold), nearest_thresholds);
});

test("an uncalibrated card keeps raw scores", () => {
  assertClose(Calibration.ofCard({ calibration: {} }, views).apply(0.7, [0, 0, 5, 5], 96), 0.7);
});

test("a malformed card is refused", () => {
  assert.throws(() => Calibration.ofCard({ calibration: { "96+64": { slope: 1 } } }, views), TypeError);
});
