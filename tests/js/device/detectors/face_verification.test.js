import assert from "node:assert/strict";
import { test } from "node:test";
import { Calibration } from "../../../../static/js/device/detectors/calibration.js";
import { isVerified, verifyLarge } from "../../../../static/js/device/detectors/face_verification.js";
import { streamViews } from "../../../../static/js/device/detectors/views.js";
import { FIXTURES, assertClose } from "../fixtures.js";

const { card, scored, verified } = FIXTURES.detector;
const views = [...streamViews(96), ...streamViews(64)];

test("verified scores and what is left out are the core's", async () => {
  const faces = scored.map(({ box, detection_score }) => ({ xyxy: box, detection_score }));
  const verification = Calibration.ofCard(card, views).verification(card, "abc");
  const found = await verifyLarge(faces, 96, verification, async ([x1]) => 3 * Math.sin(x1));
  assert.ok(found.length < faces.length && found.some((face) => isVerified(face, 96)));
  assertClose(found.map(({ xyxy }) => xyxy), verified.map(({ box }) => box));
  assertClose(found.map(({ detection_score }) => detection_score), verified.map(({ detection_score }) => detection_score), 0.02);
});

test("a score of next to nothing is not verified", async () => {
  const face = { xyxy: [0, 0, 90, 90], detection_score: 0.009 };
  assert.deepEqual(await verifyLarge([face], 96, { slope: 1, offset: 9 }, () => assert.fail("asked")), [face]);
});

test("another classifier than that of the calibration does not verify", () => {
  assert.equal(Calibration.ofCard(card, views).verification(card, "def"), null);
  assert.equal(Calibration.ofCard({ calibration: {} }, views).verification({}, "abc") ?? null, null);
});
