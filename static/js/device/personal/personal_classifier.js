// A visitor's own classifier: label probabilities from features, averaged with those of the shipped classifier, and its file.
// Pure; counterpart of webapp/vision/personal/personal_classifier.py and personal_file.py.
import { LABELS } from "../vision/detections.js";
import { probabilities } from "./softmax_regression.js";

export const TASK = "personal_classifier";
/** Of a file; one for 1,280 features and three labels has some 80,000. */
export const MAX_BYTES = 2_000_000;
const DAMAGED = "This is no file of your own classifier, or a damaged one.";
const OTHER_MODEL = "Your own classifier was fitted to another version of the mask classifier: fit it again.";

/** A visitor's own classifier cannot be fitted, read or used; the message is a sentence for people. */
export class PersonalError extends Error {}

/**
 * The content of the file, as JSON.
 * @typedef {object} Personal
 * @property {"personal_classifier"} task
 * @property {string[]} labels that it has learnt, in the order of LABELS
 * @property {string} classifier_sha256 checksum of the file that gives the features
 * @property {number} weight of its probabilities in the mean with the shipped ones; 0 where it does not help
 * @property {{[sitting: string]: {[label: string]: number}}} examples counts
 * @property {Report} cross_validation
 * @property {number} l2
 * @property {string} fitted date
 * @property {number[]} offsets of each label
 * @property {number[][]} weights of each label, raw features
 *
 * @typedef {{accuracy: number, log_loss: number}} Score
 * @typedef {{by: "sitting" | "time_block", folds: number, examples: number, before: Score, after: Score}} Report
 */

/**
 * Label probabilities of the regression alone. A label that it has not learnt keeps the shipped probability; it divides the rest.
 * @param {number[]} labels indices into LABELS of its classes
 * @param {import("./softmax_regression.js").Regression} regression
 * @param {ArrayLike<number>} features
 * @param {number[]} shipped probability of each of LABELS
 */
export function ownProbs(labels, regression, features, shipped) {
  const probs = [...shipped];
  const rest = shipped.reduce((total, value, label) => (labels.includes(label) ? total : total - value), 1);
  probabilities(regression, features).forEach((value, c) => (probs[labels[c]] = rest * value));
  return probs;
}

/** The weighted mean of label probabilities. @param {number} weight of `own` */
export function averaged(own, shipped, weight) {
  return own.map((value, label) => weight * value + (1 - weight) * shipped[label]);
}

/** Gives label probabilities for the features of a crop. */
export class PersonalClassifier {
  #labels;
  #regression;
  #weight;

  /**
   * @param {Personal} personal see `readPersonal`
   */
  constructor(personal) {
    this.#labels = personal.labels.map((name) => LABELS.indexOf(name));
    this.#regression = { weights: personal.weights.map((row) => Float64Array.from(row)), offsets: personal.offsets };
    this.#weight = personal.weight;
  }

  /** @param {ArrayLike<number>} features @param {number[]} shipped probability of each of LABELS @returns {number[]} likewise */
  labelProbs(features, shipped) {
    return averaged(ownProbs(this.#labels, this.#regression, features, shipped), shipped, this.#weight);
  }
}

/**
 * The content of a file, checked.
 * @param {string | object} content its text, or what it says
 * @returns {Personal}
 * @throws {PersonalError}
 */
export function readPersonal(content) {
  let personal = content;
  if (typeof content === "string") {
    try {
      personal = JSON.parse(content);
    } catch {
      throw new PersonalError(DAMAGED);
    }
  }
  if (!isPersonal(personal)) throw new PersonalError(DAMAGED);
  return personal;
}

/** Refuse a classifier that was fitted to the features of another file. @param {Personal} personal @throws {PersonalError} */
export function refuseOtherModel(personal, sha256) {
  if (personal.classifier_sha256 !== sha256) throw new PersonalError(OTHER_MODEL);
}

function isPersonal(personal) {
  if (personal?.task !== TASK || typeof personal.classifier_sha256 !== "string" || !isIn(personal.weight, 0, 1)) return false;
  const { labels, weights, offsets } = personal;
  if (![labels, weights, offsets].every(Array.isArray) || labels.length < 2) return false;
  const order = labels.map((name) => LABELS.indexOf(name));
  if (order[0] < 0 || order.some((label, i) => i > 0 && label <= order[i - 1])) return false;
  if (weights.length !== labels.length || offsets.length !== labels.length || !offsets.every(Number.isFinite)) return false;
  return weights.every((row) => Array.isArray(row) && row.length === weights[0].length && row.every(Number.isFinite)) && isReport(personal.cross_validation);
}

function isReport(report) {
  return [report?.before, report?.after].every((score) => isIn(score?.accuracy, 0, 1)) && typeof report.by === "string";
}

const isIn = (value, low, high) => Number.isFinite(value) && value >= low && value <= high;
