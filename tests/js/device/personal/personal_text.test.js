import assert from "node:assert/strict";
import { test } from "node:test";
import { personalText } from "../../../../static/js/device/personal/personal_text.js";

const PERSONAL = { weight: 0.75, cross_validation: { by: "sitting", before: { accuracy: 0.91 }, after: { accuracy: 0.966 } } };
const STATE = { on: true, place: "device", refusal: null };

test("the sentence says what it is and by how much it helps", () => {
  assert.equal(personalText(PERSONAL, STATE), "Your own classifier is on (cross-validated: 91 % → 97 % right).");
  const onOneSitting = { ...PERSONAL, cross_validation: { ...PERSONAL.cross_validation, by: "time_block" } };
  assert.match(personalText(onOneSitting, STATE), /97 % right, on one sitting, which flatters\)\.$/);
  assert.match(personalText({ ...PERSONAL, weight: 0 }, STATE), /did not help \(91 % right without it\)/);
});

test("it says why it is not in use", () => {
  assert.match(personalText(PERSONAL, { ...STATE, on: false }), /is off\.$/);
  assert.match(personalText(PERSONAL, { ...STATE, place: "server" }), /on this device\.$/);
  assert.equal(personalText(PERSONAL, { ...STATE, refusal: "Fit it again." }), "Fit it again.");
  assert.match(personalText(null, STATE), /learns from a few pictures/);
});
