import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PersonalError, readPersonal, refuseOtherModel } from "../../../../static/js/device/personal/personal_classifier.js";

const { personal } = JSON.parse(readFileSync(new URL("fixtures.json", import.meta.url), "utf8"))["a mean of both"];

test("a file of Python's is read", () => {
  assert.deepEqual(readPersonal(JSON.stringify(personal)), personal);
  assert.equal(refuseOtherModel(personal, "abc"), undefined);
});

test("what is no such file is refused in a sentence", () => {
  const bad = [
    { task: "mask_classifier" }, { labels: ["with_mask"] }, { labels: ["without_mask", "with_mask"] }, { labels: ["cat", "dog"] }, { labels: "x" },
    { weight: 2 }, { weight: null }, { weights: [[1, 2], [3]] }, { weights: [1, 2] }, { weights: [["1"], ["2"]] }, { offsets: [0] }, { offsets: [0, null] },
    { classifier_sha256: 5 }, { cross_validation: null }, { cross_validation: { by: "sitting", before: { accuracy: 1 }, after: { accuracy: 7 } } },
  ];
  for (const change of bad) assert.throws(() => readPersonal({ ...personal, ...change }), PersonalError, JSON.stringify(change));
  for (const content of ["", "{", "[]", "null", "5", null, undefined, 7]) {
    assert.throws(() => readPersonal(content), (error) => error instanceof PersonalError && /no file of your own classifier, or a damaged one\.$/.test(error.message));
  }
});

test("a classifier for another model is refused in a sentence", () => {
  assert.throws(() => refuseOtherModel(personal, "def"), { message: "Your own classifier was fitted to another version of the mask classifier: fit it again." });
});
