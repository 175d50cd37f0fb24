// Decoding of an anchor-free detector: from the output of each location to boxes. Pure; counterpart of
// webapp/vision/detectors/anchor_free.py, whose constants have their reasons there.
import { area, boxIou, nms } from "../vision/boxes.js";

const STRIDES = [8, 16, 32];
/** Columns of a location: score logit, distances left, top, right, bottom in strides, three label logits. */
export const OUTPUTS = 1 + 4 + 3;
const IOU_THRESHOLD = 0.45;
const VOTING_IOU = 0.5;
const MERGING_IOU = 0.4;
const BEST_SIDE_PX = 48;
const OCTAVES = 1.3;
const LEAST_WEIGHT = 0.02;
const MOST_CANDIDATES = 1000;

/** @typedef {{xyxy: number[], score: number, label_probs: number[]}} Candidate a face of one view, with its raw score */

/** Centre and stride of every location in the order of the network's output: cx, cy, stride, cx, … in pixels. */
export function locations(height, width) {
  const points = [];
  for (const stride of STRIDES) {
    for (let y = 0; y < Math.floor(height / stride); y += 1) {
      for (let x = 0; x < Math.floor(width / stride); x += 1) points.push((x + 0.5) * stride, (y + 0.5) * stride, stride);
    }
  }
  return Float32Array.from(points);
}

/**
 * Turn the network's output for one picture into candidates, in pixels of that picture.
 * @param {Float32Array} outputs locations x 8, see `OUTPUTS`
 * @param {Float32Array} points locations x 3, see `locations`
 * @param {number} scoreThreshold in [0, 1]
 * @param {number} labelTemperature by which label logits are divided
 * @returns {Candidate[]}
 */
export function decode(outputs, points, scoreThreshold, labelTemperature = 1) {
  const least = logitOf(scoreThreshold);
  let chosen = [];
  for (let i = 0; i * OUTPUTS < outputs.length; i += 1) {
    if (outputs[i * OUTPUTS] >= least) chosen.push(i);
  }
  if (chosen.length > MOST_CANDIDATES) {
    chosen = chosen.sort((a, b) => outputs[b * OUTPUTS] - outputs[a * OUTPUTS]).slice(0, MOST_CANDIDATES);
  }
  return chosen.map((i) => {
    const [logit, left, top, right, bottom, ...labels] = outputs.subarray(i * OUTPUTS, (i + 1) * OUTPUTS);
    const [x, y, stride] = points.subarray(i * 3, i * 3 + 3);
    return {
      xyxy: [x - left * stride, y - top * stride, x + right * stride, y + bottom * stride],
      score: sigmoid(logit),
      label_probs: softmax(labels.map((value) => value / labelTemperature)),
    };
  });
}

/** Keep one candidate per face, best first: the best score, with the mean box and label of those that overlap it (box voting). */
export function vote(candidates) {
  const kept = nms(
    candidates.map(({ xyxy }) => xyxy),
    candidates.map(({ score }) => score),
    IOU_THRESHOLD,
  );
  return kept.map((i) => {
    const best = candidates[i];
    const weights = candidates.map(({ xyxy, score }) => {
      const overlap = boxIou(best.xyxy, xyxy);
      return overlap >= VOTING_IOU ? overlap * score : 0;
    });
    return { ...mean(candidates, weights), score: best.score };
  });
}

/**
 * Make one set of faces of several views of a picture, best first.
 * @param {Candidate[][]} views in pixels of the same picture, each suppressed by `vote`
 * @param {number[]} scales size of each view by the size of the picture
 * @returns {Candidate[]}
 */
export function merge(views, scales) {
  const all = views.flatMap((view, index) => view.map((candidate) => ({ ...candidate, view: index })));
  const viewWeights = all.map(({ xyxy }) => scales.map((scale) => viewWeight(Math.sqrt(area(xyxy)) * scale)));
  const weights = all.map(({ score, view }, i) => score * viewWeights[i][view]);
  const boxes = all.map(({ xyxy }) => xyxy);
  const heads = nms(boxes, weights, MERGING_IOU);
  const overlaps = heads.map((head) => boxes.map((box) => boxIou(boxes[head], box)));
  // Each box belongs to the head that it overlaps most.
  const headOf = boxes.map((_, i) => largest(overlaps.map((row) => row[i])));
  const merged = heads.map((head, h) => {
    const mine = (i) => headOf[i] === h && overlaps[h][i] >= MERGING_IOU;
    const seen = scales.map((_, view) => Math.max(0, ...all.filter((each, i) => each.view === view && mine(i)).map(({ score }) => score)));
    const perView = viewWeights[head];
    const score = sum(seen.map((value, view) => value * perView[view])) / sum(perView);
    const agreeing = all.map((_, i) => (mine(i) && overlaps[h][i] >= VOTING_IOU ? weights[i] : 0));
    return { ...mean(all, agreeing), score: Math.min(score, 1) };
  });
  return merged.sort((a, b) => b.score - a.score);
}

/** The logit of a probability, limited to those a millionth from 0 and 1. */
export function limitedLogit(probability) {
  const inside = Math.min(Math.max(probability, 1e-6), 1 - 1e-6);
  return Math.log(inside / (1 - inside));
}

/** 1 / (1 + exp(-x)), without overflow. */
export function sigmoid(logit) {
  return 0.5 * (1 + Math.tanh(0.5 * logit));
}

/** The logit of a probability; infinite at 0 and 1. */
export function logitOf(probability) {
  if (probability <= 0) return -Infinity;
  return probability >= 1 ? Infinity : Math.log(probability / (1 - probability));
}

export function softmax(logits) {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The index of the largest value, the first of several. */
export const largest = (values) => values.indexOf(Math.max(...values));

/** Weighted mean of boxes and label probabilities. */
function mean(candidates, weights) {
  const total = Math.max(sum(weights), 1e-12);
  const [xyxy, label_probs] = [[0, 0, 0, 0], [0, 0, 0]];
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    candidates[i].xyxy.forEach((value, k) => (xyxy[k] += (value * weight) / total));
    candidates[i].label_probs.forEach((value, k) => (label_probs[k] += (value * weight) / total));
  }
  return { xyxy, label_probs };
}

function viewWeight(sidePx) {
  const octaves = Math.log2(Math.max(sidePx, 1) / BEST_SIDE_PX) / OCTAVES;
  return Math.exp(-(octaves ** 2) / 2) + LEAST_WEIGHT;
}
