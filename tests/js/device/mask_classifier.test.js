import assert from "node:assert/strict";
import { test } from "node:test";
import { MaskClassifier } from "../../../static/js/device/mask_classifier.js";

const FRAME = { width: 8, height: 8, data: new Uint8ClampedArray(8 * 8 * 4).fill(90) };
const CARD = { classes: ["without_mask", "with_mask"], input: { size_px: 4 }, padding: 0.1 };

test("scores stand in the order of the labels, 0 for a label that the classifier lacks", async () => {
  const sizes = [];
  const classifier = new MaskClassifier(CARD, async (crop) => {
    sizes.push(crop.length);
    return [Float32Array.of(0.75, 1.25)];
  });
  assert.deepEqual(await classifier.labelProbs(FRAME, [[0, 0, 4, 4], [2, 2, 6, 6]]), [[1, 0.75, 0], [1, 0.75, 0]]);
  assert.deepEqual(sizes, [48, 48]);
  assert.equal(classifier.knowsAllLabels, false);
});

test("scores and the face output are found by their length, whichever output comes first", async () => {
  const card = { ...CARD, face_output: true, features: 5 };
  const outputs = [Float32Array.of(9, 9, 9, 9, 9), Float32Array.of(0.25, 0.5, -4)];
  for (const ordered of [outputs, outputs.toReversed()]) {
    const classifier = new MaskClassifier(card, async () => ordered);
    assert.deepEqual(await classifier.labelProbs(FRAME, [[0, 0, 4, 4]]), [[0.5, 0.25, 0]]);
    assert.equal(await classifier.faceLogit(FRAME, [0, 0, 4, 4]), -4);
  }
  await assert.rejects(new MaskClassifier(CARD, async () => outputs).labelProbs(FRAME, [[0, 0, 4, 4]]), TypeError);
});

test("a visitor's own classifier gets the features and the shipped probabilities", async () => {
  const given = [];
  const personal = { labelProbs: (features, shipped) => given.push([features, shipped]) && [0, 0, 1] };
  const card = { ...CARD, features: 3 };
  const infer = async () => [Float32Array.of(0.25, 0.75), Float32Array.of(1, 2, 3)];
  const classifier = new MaskClassifier(card, infer, "abc", personal);
  assert.deepEqual(await classifier.labelProbs(FRAME, [[0, 0, 4, 4]]), [[0, 0, 1]]);
  assert.deepEqual(given, [[Float32Array.of(1, 2, 3), [0.75, 0.25, 0]]]);
  assert.deepEqual(await classifier.classifyCrops(FRAME, [[0, 0, 4, 4]]), [{ features: Float32Array.of(1, 2, 3), shipped: [0.75, 0.25, 0] }]);
  assert.equal(classifier.isPersonal, true);
  assert.equal(new MaskClassifier(card, infer).isPersonal, false);
});

test("a card of something else is refused", () => {
  assert.throws(() => new MaskClassifier({ ...CARD, classes: ["dog"] }, null), TypeError);
});
