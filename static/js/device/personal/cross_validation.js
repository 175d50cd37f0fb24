// Cross-validation of a visitor's own classifier: by sitting, or by blocks of time where there is one sitting only. Pure;
// counterpart of webapp/vision/personal/cross_validation.py.
import { averaged, ownProbs } from "./personal_classifier.js";
import { fitSoftmaxRegression } from "./softmax_regression.js";

/** Weights of the visitor's classifier in the mean, of which cross-validation chooses. */
export const WEIGHTS = [0, 0.25, 0.5, 0.75, 1];
const TIME_BLOCKS = 5;
const LEAST_PROB = 1e-6;

/**
 * A labelled crop.
 * @typedef {object} Example
 * @property {Float32Array} features of the crop classifier
 * @property {number[]} shipped its label probabilities
 * @property {string} label one of LABELS
 * @property {string} sitting its name
 *
 * The same, with its label as an index into LABELS.
 * @typedef {{features: Float32Array, shipped: number[], label: number, sitting: string}} Indexed
 */

/**
 * Measure what a classifier fitted to the other folds adds to the shipped one, and choose its weight: the smallest that costs no
 * accuracy and whose log loss is within one standard error of the lowest.
 * @param {Indexed[]} examples of at least two labels
 * @returns {{report: import("./personal_classifier.js").Report, weight: number}}
 */
export function crossValidate(examples) {
  const { by, fold } = foldsOf(examples);
  const folds = Math.max(...fold) + 1;
  const own = new Array(examples.length);
  for (let leftOut = 0; leftOut < folds; leftOut += 1) {
    const { labels, regression } = fit(examples.filter((_, i) => fold[i] !== leftOut));
    examples.forEach(({ features, shipped }, i) => {
      if (fold[i] === leftOut) own[i] = ownProbs(labels, regression, features, shipped);
    });
  }
  const scores = WEIGHTS.map((weight) => score(examples, own.map((probs, i) => averaged(probs, examples[i].shipped, weight))));
  const [before] = scores;
  const useful = [...WEIGHTS.keys()].filter((i) => scores[i].accuracy >= before.accuracy);
  const best = useful.reduce((a, b) => (scores[b].log_loss < scores[a].log_loss ? b : a));
  const byFold = scores.map(({ losses }) => foldMeans(losses, fold, folds));
  const chosen = useful.find((i) => isWithinOneError(byFold[i].map((value, k) => value - byFold[best][k])));
  const told = ({ accuracy, log_loss }) => ({ accuracy, log_loss });
  return { report: { by, folds, examples: examples.length, before: told(before), after: told(scores[chosen]) }, weight: WEIGHTS[chosen] };
}

const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

function foldMeans(losses, fold, folds) {
  return Array.from({ length: folds }, (_, number) => mean(losses.filter((_, i) => fold[i] === number)));
}

/** Whether differences of folds are no more, in the mean, than one standard error of it. */
function isWithinOneError(differences) {
  const middle = mean(differences);
  const squares = differences.reduce((total, value) => total + (value - middle) ** 2, 0);
  return middle <= Math.sqrt(squares / (differences.length - 1) / differences.length);
}

/** The labels of some examples, ascending, and a regression fitted to all of them. @param {Indexed[]} examples */
export function fit(examples) {
  const labels = [...new Set(examples.map(({ label }) => label))].sort((a, b) => a - b);
  const index = examples.map(({ label }) => labels.indexOf(label));
  return { labels, regression: fitSoftmaxRegression(examples.map(({ features }) => features), index, labels.length) };
}

/** What the folds are, and the fold of each example. A block of time has as many of each label as the others, give or take one. */
export function foldsOf(examples) {
  const sittings = [...new Set(examples.map(({ sitting }) => sitting))];
  if (sittings.length > 1) return { by: "sitting", fold: examples.map(({ sitting }) => sittings.indexOf(sitting)) };
  const count = (label) => examples.filter((each) => each.label === label).length;
  const seen = new Map();
  const fold = examples.map(({ label }) => {
    const number = seen.get(label) ?? 0;
    seen.set(label, number + 1);
    return Math.floor((number * TIME_BLOCKS) / count(label));
  });
  return { by: "time_block", fold };
}

function score(examples, probs) {
  const right = examples.filter(({ label }, i) => probs[i].indexOf(Math.max(...probs[i])) === label).length;
  const losses = examples.map(({ label }, i) => -Math.log(Math.max(probs[i][label], LEAST_PROB)));
  return { accuracy: right / examples.length, log_loss: mean(losses), losses };
}
