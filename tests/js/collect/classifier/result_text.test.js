import assert from "node:assert/strict";
import { test } from "node:test";
import { lostText, resultText } from "../../../../static/js/collect/classifier/result_text.js";

const REPORT = { by: "sitting", folds: 2, examples: 60, before: { accuracy: 0.87, log_loss: 0.45 }, after: { accuracy: 0.98, log_loss: 0.1 }, weight: 0.75 };

test("by how much it helps", () => {
  assert.equal(resultText(REPORT, false), "It helps: of 60 faces 87 % were right before, 98 % are now (each of 2 sittings tested with what the others taught).");
  assert.match(resultText({ ...REPORT, by: "time_block", folds: 5 }, false), /\(parts of one sitting tested with what its others taught, which flatters\)\.$/);
  const surer = { ...REPORT, after: { accuracy: 0.87, log_loss: 0.1 } };
  assert.match(resultText(surer, false), /^It helps a little: of 60 faces 87 % are right as before, with more certainty of the right state, 64 % before and 90 % now/);
});

test("that it does not help, and what stays", () => {
  const useless = { ...REPORT, after: REPORT.before, weight: 0 };
  assert.match(resultText(useless, false), /^It does not help: of 60 faces 87 % are right without it.* Nothing changes; faces are labelled as before\.$/);
  assert.match(resultText(useless, true), /Nothing changes; the one that you have stays\.$/);
});

test("pictures that were lost", () => {
  assert.deepEqual([lostText(0), lostText(1)], ["", "1 picture could not be read and was passed over."]);
  assert.match(lostText(2), /^2 pictures could not/);
});
