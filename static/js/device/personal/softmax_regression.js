// Softmax regression with an L2 penalty, for more features than examples. Pure; counterpart of
// webapp/vision/personal/softmax_regression.py, where the method and its constants have their reasons. Both reach the optimum,
// which is unique, so that the order of sums does not count.

export const L2 = 0.3;
const STEPS = 20;

/**
 * @typedef {object} Regression weights of raw features
 * @property {number[][]} weights a row of numbers for each class
 * @property {number[]} offsets
 */

/** The probability of each class. @param {Regression} regression @param {ArrayLike<number>} features @returns {number[]} */
export function probabilities({ weights, offsets }, features) {
  return softmax(weights.map((row, c) => offsets[c] + dot(row, features)));
}

/** Probabilities, which sum to 1. @param {number[] | Float64Array} logits changed in place */
function softmax(logits) {
  const most = Math.max(...logits);
  let sum = 0;
  for (let c = 0; c < logits.length; c += 1) sum += logits[c] = Math.exp(logits[c] - most);
  for (let c = 0; c < logits.length; c += 1) logits[c] /= sum;
  return logits;
}

/**
 * Fit weights to labelled examples; every class that occurs weighs alike.
 * @param {Float32Array[]} features of each example
 * @param {number[]} label of each, in [0, classes)
 * @param {number} classes
 * @returns {Regression}
 */
export function fitSoftmaxRegression(features, label, classes, l2 = L2) {
  const { mean, scale } = standardisation(features);
  const inputs = features.map((row) => Float64Array.from(row, (value, k) => (value - mean[k]) / scale[k]));
  const coefficients = optimum(gramMatrix(inputs), label, classes, l2);
  const weights = coefficients.map((factors) => {
    const row = new Float64Array(mean.length);
    inputs.forEach((input, i) => {
      for (let k = 0; k < row.length; k += 1) row[k] += factors[i] * input[k];
    });
    return Array.from(row, (value, k) => value / scale[k]);
  });
  const offsets = weights.map((row, c) => coefficients[c].reduce((total, value) => total + value, 0) - dot(row, mean));
  return { weights, offsets };
}

/** Mean and scale of each feature; the mean variance of all features is added to that of each. @param {ArrayLike<number>[]} features */
export function standardisation(features) {
  const count = features[0].length;
  const [mean, variance] = [new Float64Array(count), new Float64Array(count)];
  for (const row of features) for (let k = 0; k < count; k += 1) mean[k] += row[k] / features.length;
  for (const row of features) for (let k = 0; k < count; k += 1) variance[k] += (row[k] - mean[k]) ** 2 / features.length;
  const usual = variance.reduce((total, value) => total + value, 0) / count || 1;
  return { mean, scale: variance.map((value) => Math.sqrt(value + usual)) };
}

/** The products of all inputs with one another, and 1, which stands for a constant feature. */
function gramMatrix(inputs) {
  const gram = inputs.map(() => new Float64Array(inputs.length));
  for (let i = 0; i < inputs.length; i += 1) {
    for (let j = 0; j <= i; j += 1) gram[i][j] = gram[j][i] = dot(inputs[i], inputs[j]) + 1;
  }
  return gram;
}

/** The coefficients of the examples in the optimum, a row of numbers for each class: accelerated gradient descent. */
function optimum(gram, label, classes, l2) {
  const counts = Array.from({ length: classes }, (_, c) => label.filter((each) => each === c).length);
  const present = counts.filter((count) => count > 0).length;
  const importance = label.map((each) => 1 / counts[each] / present);
  const steepest = 0.5 * gram.reduce((total, row, i) => total + importance[i] * row[i], 0) + l2;
  const root = Math.sqrt(steepest / l2);
  const momentum = (root - 1) / (root + 1);
  const zeros = () => Array.from({ length: classes }, () => new Float64Array(label.length));
  const [coefficients, ahead, stepped] = [zeros(), zeros(), zeros()];
  const probs = new Float64Array(classes);
  for (let step = Math.ceil(STEPS * root); step > 0; step -= 1) {
    for (let i = 0; i < label.length; i += 1) {
      for (let c = 0; c < classes; c += 1) probs[c] = dot(gram[i], ahead[c]);
      softmax(probs);
      for (let c = 0; c < classes; c += 1) {
        const gradient = importance[i] * (probs[c] - (label[i] === c ? 1 : 0)) + l2 * ahead[c][i];
        stepped[c][i] = ahead[c][i] - gradient / steepest;
      }
    }
    for (let c = 0; c < classes; c += 1) {
      for (let i = 0; i < label.length; i += 1) ahead[c][i] = stepped[c][i] + momentum * (stepped[c][i] - coefficients[c][i]);
      coefficients[c].set(stepped[c]);
    }
  }
  return coefficients;
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k] * b[k];
  return sum;
}
