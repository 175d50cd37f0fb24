// The faces of one frame, as objects. Pure; counterpart of webapp/vision/detections.py and of `faces_json`.
import { roundTo } from "./rounding.js";

/** All labels, in the order of the outputs of models and of the `classes` of cards. */
export const LABELS = ["with_mask", "without_mask", "mask_worn_incorrectly"];

/**
 * @typedef {object} Face
 * @property {number[]} xyxy pixels of the frame
 * @property {number} detection_score in [0, 1]
 * @property {number[]} label_probs probability of each of LABELS
 * @property {number} label index into LABELS
 * @property {number} label_score in [0, 1]
 * @property {number | null} [track_id]
 */

/** The same face with these label probabilities, and the most probable label. */
export function labelled(face, label_probs) {
  const label_score = Math.min(Math.max(...label_probs), 1);
  return { ...face, label_probs, label: label_probs.indexOf(Math.max(...label_probs)), label_score };
}

/** Faces as in the responses of the server; `factors` carry boxes from the frame over to the full picture. */
export function facesJson(faces, [factorX, factorY] = [1, 1], withTrackId = false) {
  return faces.map(({ xyxy: [x1, y1, x2, y2], detection_score, label, label_score, label_probs, track_id }) => ({
    box: [x1 * factorX, y1 * factorY, x2 * factorX, y2 * factorY].map((value) => roundTo(value, 2)),
    detection_score: roundTo(detection_score, 4),
    label: LABELS[label],
    label_score: roundTo(label_score, 4),
    label_probs: Object.fromEntries(LABELS.map((name, i) => [name, roundTo(label_probs[i], 4)])),
    ...(withTrackId && { track_id: track_id ?? null }),
  }));
}
