// Verification of large detections by the classifier's face output. Pure; counterpart of
// webapp/vision/detectors/face_verification.py, whose constants have their reasons there.
import { sharedArea, area } from "../vision/boxes.js";
import { limitedLogit, sigmoid } from "./anchor_free.js";
import { sizeOctaves } from "./calibration.js";

const FROM_OCTAVES = 1;
const SCORE_MIN = 0.01;
const ACCEPTED = 0.5;
const NESTED = 0.7;

/**
 * Whether a detection is verified: from a fifth of the frame's longer side on, unless its score is next to nothing.
 * @param {{xyxy: number[], detection_score: number}} face with its calibrated score
 * @param {number} longerPx longer side of the frame
 */
export function isVerified({ xyxy, detection_score }, longerPx) {
  return detection_score >= SCORE_MIN && sizeOctaves(xyxy, longerPx) >= FROM_OCTAVES;
}

/**
 * The detections of a frame, the large ones with verified scores and without parts of accepted faces.
 * @param {{xyxy: number[], detection_score: number}[]} faces with calibrated scores, best first
 * @param {number} longerPx longer side of the frame
 * @param {{slope: number, offset: number}} verification numbers of the card
 * @param {(xyxy: number[]) => Promise<number>} faceLogit log-odds that a box holds a face
 * @returns {Promise<object[]>} in the order of `faces`, so not sorted by their new scores
 */
export async function verifyLarge(faces, longerPx, { slope, offset }, faceLogit) {
  const kept = [];
  const accepted = [];
  for (const face of faces) {
    if (!isVerified(face, longerPx)) {
      kept.push(face);
    } else if (accepted.every((other) => inside(face.xyxy, other) <= NESTED)) {
      const sum = limitedLogit(face.detection_score) + (await faceLogit(face.xyxy));
      const score = sigmoid(slope * sum + offset);
      kept.push({ ...face, detection_score: score });
      if (score >= ACCEPTED) accepted.push(face.xyxy);
    }
  }
  return kept;
}

/** The overlap of two boxes, relative to the smaller one. */
function inside(a, b) {
  return sharedArea(a, b) / Math.max(Math.min(area(a), area(b)), 1e-6);
}
