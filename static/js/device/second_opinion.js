// Second opinions: the crop classifier labels the faces on which the detector has low confidence. Pure; counterpart of
// webapp/vision/second_opinion.py, whose constants have their reasons there.

export const CONFIDENT_SCORE = 0.85;
/** Confident score with a visitor's own classifier. */
export const EVERY_FACE = Infinity;
const OPINION_MIN_SIDE_PX = 48;
const PER_FRAME_MAX = 2;
const PAUSE_S = 0.2;
export const OPINION_WEIGHT = 2;
export const OPINION_HALF_LIFE_S = 2;

/**
 * Select the faces of a frame for second opinions: the longest without one first, then the least confident.
 * @param {number[][]} boxes pixels of the frame
 * @param {{label_probs: number[], since_s: number}[]} states of each face: probabilities after the vote, time since the last
 *   opinion (infinite where there was none)
 * @param {number} confidentScore label score from which on a face needs no opinion
 * @returns {number[]} indices, at most two
 */
export function selectFaces(boxes, states, confidentScore = CONFIDENT_SCORE) {
  const score = (i) => Math.max(...states[i].label_probs);
  const side = (i) => Math.min(boxes[i][2] - boxes[i][0], boxes[i][3] - boxes[i][1]);
  const longest = (a, b) => (states[a].since_s === states[b].since_s ? 0 : states[b].since_s - states[a].since_s);
  return [...boxes.keys()]
    .filter((i) => score(i) < confidentScore && side(i) >= OPINION_MIN_SIDE_PX && states[i].since_s >= PAUSE_S - 1e-3)
    .sort((a, b) => longest(a, b) || score(a) - score(b))
    .slice(0, PER_FRAME_MAX);
}
