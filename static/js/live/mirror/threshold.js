// The slider that hides uncertain faces: what is sent with each frame, and which faces the page shows. Pure.
import { NOT_SURE } from "../../shared/faces/certainty.js";
import { percent } from "../../shared/numbers.js";

/**
 * @param {number} chosen value of the slider
 * @param {number} initial initial value of the slider: the shipped threshold, rounded to a step of the slider
 * @param {number} shipped the threshold that the server applies unless a frame gives another
 * @returns {{sent: {score_threshold?: number}, face: number, label: number}} fields to send with each frame; the lowest
 *   certainty of a face and, above the initial value, of its label, which its tag shows
 */
export function thresholds(chosen, initial, shipped) {
  if (chosen === initial) return { sent: {}, face: shipped, label: 0 };
  if (chosen < initial) return { sent: { score_threshold: chosen }, face: chosen, label: 0 };
  return { sent: {}, face: chosen, label: chosen };
}

/** Whether a face is certain enough: no tag shows less than the chosen value, and "not sure" is always less. */
export function isCertain({ detection_score, label_score, state }, { face, label }) {
  return detection_score >= face && (label === 0 || (state !== NOT_SURE && label_score >= label));
}

/** The value of the slider as text. */
export function thresholdText(chosen, initial) {
  return chosen === initial ? "standard" : `below ${percent(chosen)}`;
}
