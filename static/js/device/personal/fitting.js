// From labelled crops to a visitor's own classifier. Pure; counterpart of webapp/vision/personal/fitting.py.
import { LABELS } from "../vision/detections.js";
import { crossValidate, fit } from "./cross_validation.js";
import { PersonalError, TASK } from "./personal_classifier.js";
import { L2 } from "./softmax_regression.js";

/** Examples from which on a label is learnt. */
export const MIN_PER_LABEL = 5;

/**
 * Fit and cross-validate a visitor's own classifier; the same examples always give the same. Labels of too few examples are left out.
 * @param {import("./cross_validation.js").Example[]} examples in the order in which they were taken
 * @param {string} classifier_sha256 checksum of the file that gave the features
 * @param {string} fitted date of today, like 2026-11-30
 * @returns {{personal: import("./personal_classifier.js").Personal, report: import("./personal_classifier.js").Report & {weight: number}}}
 * @throws {PersonalError} fewer than two labels have enough examples
 */
export function fitPersonal(examples, classifier_sha256, fitted) {
  const learnt = ofLearntLabels(examples.map((example) => ({ ...example, label: LABELS.indexOf(example.label), shipped: [...example.shipped] })));
  const { report, weight } = crossValidate(learnt);
  const { labels, regression } = fit(learnt);
  const personal = {
    task: TASK,
    labels: labels.map((label) => LABELS[label]),
    classifier_sha256,
    weight,
    examples: counts(learnt),
    cross_validation: report,
    l2: L2,
    fitted,
    offsets: regression.offsets,
    weights: regression.weights,
  };
  return { personal, report: { ...report, weight } };
}

function ofLearntLabels(examples) {
  const count = LABELS.map((_, label) => examples.filter((example) => example.label === label).length);
  if (count.filter((each) => each >= MIN_PER_LABEL).length < 2) {
    throw new PersonalError(`Your own classifier needs ${MIN_PER_LABEL} pictures or more of at least two states, such as mask and no mask.`);
  }
  return examples.filter(({ label }) => count[label] >= MIN_PER_LABEL);
}

/** How many examples each sitting has of each label. */
function counts(examples) {
  const found = new Map();
  for (const { label, sitting } of examples) {
    if (!found.has(sitting)) found.set(sitting, Object.fromEntries(LABELS.map((name) => [name, 0])));
    found.get(sitting)[LABELS[label]] += 1;
  }
  return Object.fromEntries(found);
}
