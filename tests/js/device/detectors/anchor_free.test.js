import assert from "node:assert/strict";
import { test } from "node:test";
import { facesJson, labelled } from "../../../../static/js/device/vision/detections.js";
import { decode, locations, logitOf, merge, sigmoid, softmax, vote } from "../../../../static/js/device/detectors/anchor_free.js";
import { FIXTURES, assertClose } from "../fixtures.js";

const { outputs, views, voted, merged } = FIXTURES.detector;
const points = locations(64, 96);
const forwards = Float32Array.from(outputs);

test("an empty output gives no faces", () => {
  assert.deepEqual(decode(new Float32Array(), new Float32Array(), 0.5), []);
  assert.deepEqual(vote([]), []);
  assert.deepEqual(merge([[], []], [1, 0.5]), []);
});

test("decoding is the core's", () => {
  assertClose(decode(forwards, points, 0.2, 0.7), views[0]);
  const rows = Array.from({ length: outputs.length / 8 }, (_, i) => outputs.slice(8 * i, 8 * i + 8));
  assertClose(decode(Float32Array.from(rows.reverse().flat()), points, 0.2, 0.7), views[1]);
});

test("voting and merging are the core's", () => {
  assertClose(views.map(vote), voted);
  const faces = merge(voted, [1, 0.5]).map(({ xyxy, score, label_probs }) => labelled({ xyxy, detection_score: score }, label_probs));
  assertClose(facesJson(faces), merged, 0.011);
});

test("no more candidates than the limit", () => {
  const many = new Float32Array(3000 * 8).fill(1);
  assert.equal(decode(many, new Float32Array(3000 * 3), 0.5).length, 1000);
});

test("sigmoid, logit and softmax at their ends", () => {
  assert.equal(sigmoid(-1000), 0);
  assert.equal(sigmoid(1000), 1);
  assert.equal(logitOf(0), -Infinity);
  assert.equal(logitOf(1), Infinity);
  assertClose(softmax([1000, 1000]), [0.5, 0.5]);
});
