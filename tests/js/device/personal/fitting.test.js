// The same features in, the same weights and probabilities out as in Python.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LABELS } from "../../../../static/js/device/vision/detections.js";
import { fitPersonal } from "../../../../static/js/device/personal/fitting.js";
import { PersonalClassifier, PersonalError } from "../../../../static/js/device/personal/personal_classifier.js";

const CASES = JSON.parse(readFileSync(new URL("fixtures.json", import.meta.url), "utf8"));
const TOLERANCE = 1e-6;

const examplesOf = ({ examples }) =>
  examples.map(({ features, shipped, ...rest }) => ({ features: Float32Array.from(features), shipped: Float32Array.from(shipped), ...rest }));

function assertSame(found, expected, path = "") {
  if (typeof expected === "number") {
    assert.ok(Math.abs(found - expected) <= TOLERANCE * Math.max(Math.abs(expected), TOLERANCE), `${path}: ${found}, not ${expected}`);
  } else if (typeof expected === "object") {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), path);
    for (const key of Object.keys(expected)) assertSame(found[key], expected[key], `${path}/${key}`);
  } else assert.equal(found, expected, path);
}

for (const [name, stored] of Object.entries(CASES)) {
  test(`as in Python: ${name}`, () => {
    const examples = examplesOf(stored);
    const { personal, report } = fitPersonal(examples, "abc", stored.personal.fitted);
    assertSame(personal, stored.personal);
    assert.deepEqual(report, { ...personal.cross_validation, weight: personal.weight });
    const classifier = new PersonalClassifier(JSON.parse(JSON.stringify(personal)));
    examples.forEach(({ features, shipped }, i) => assertSame(classifier.labelProbs(features, [...shipped]), stored.label_probs[i], `/label_probs/${i}`));
    assert.deepEqual(fitPersonal(examples, "abc", stored.personal.fitted).personal, personal, "deterministic");
  });
}

test("a label of too few pictures is left out, and one label is refused in a sentence", () => {
  const examples = examplesOf(CASES["three sittings, more examples than features"]);
  const bare = examples.filter(({ label }) => label === LABELS[1]);
  assert.throws(() => fitPersonal(bare, "abc", "2026-11-30"), (error) => error instanceof PersonalError && /5 pictures or more of at least two states/.test(error.message));
  assert.throws(() => fitPersonal([], "abc", "2026-11-30"), PersonalError);
  const masks = examples.filter(({ label }) => label === LABELS[0]);
  assert.throws(() => fitPersonal([...bare, ...masks.slice(0, 4)], "abc", "2026-11-30"), PersonalError);
});

test("names of sittings are data", () => {
  const examples = examplesOf(CASES["three sittings, more examples than features"]).map((example, i) => ({ ...example, sitting: ["__proto__", "constructor"][i % 2] }));
  const { personal } = fitPersonal(examples, "abc", "2026-11-30");
  assert.deepEqual(Object.keys(personal.examples), ["__proto__", "constructor"]);
});
