// The state of one track between frames, and its vote. Pure; counterpart of webapp/vision/tracking/tracks.py.
import { labelled } from "../vision/detections.js";
import { OPINION_HALF_LIFE_S, OPINION_WEIGHT } from "../second_opinion.js";
import { boxSize, steadyBox } from "./one_euro.js";

const HALF_LIFE_S = 0.5;
const HYSTERESIS = 1.5;
const GLIDE_MAX_S = 0.3;

/**
 * @typedef {object} Track
 * @property {number} track_id
 * @property {number} detected_s time of the last detection
 * @property {number[]} detected box of the last detection
 * @property {number[]} steady smoothed box
 * @property {number[]} speed of each coordinate, box sizes a second
 * @property {number[]} votes label probabilities of the frames summed up; older ones weigh less
 * @property {number} frames labelled frames summed up the same way
 * @property {number[]} opinions label probabilities of the second opinions, summed up like the votes
 * @property {number} opinionWeight second opinions summed up the same way
 * @property {number} opinion_s time of the last one, minus infinity while there was none
 * @property {number | null} label as last shown
 */

/** A new track of a face. @returns {Track} */
export function beginTrack(face, track_id, now_s) {
  return {
    track_id,
    detected_s: now_s,
    detected: face.xyxy,
    steady: face.xyxy,
    speed: [0, 0, 0, 0],
    votes: face.label_probs,
    frames: 1,
    opinions: face.label_probs.map(() => 0),
    opinionWeight: 0,
    opinion_s: -Infinity,
    label: null,
  };
}

/** The box extrapolated to now at constant speed. */
export function expectedBox({ detected, detected_s, speed }, now_s) {
  const glide_s = Math.min(now_s - detected_s, GLIDE_MAX_S);
  const way = [0, 1].map((i) => ((speed[i] + speed[i + 2]) / 2) * boxSize(detected) * glide_s);
  return detected.map((value, i) => value + way[i % 2]);
}

/** The track after one more detection; its label stays until `elect`. */
export function updateTrack(track, face, now_s) {
  const step_s = now_s - track.detected_s;
  const fading = 0.5 ** (step_s / HALF_LIFE_S);
  return {
    ...track,
    ...steadyBox(track.steady, track.speed, track.detected, face.xyxy, step_s),
    detected_s: now_s,
    detected: face.xyxy,
    votes: track.votes.map((value, i) => value * fading + face.label_probs[i]),
    frames: track.frames * fading + 1,
    opinions: track.opinions.map((value) => value * fading),
    opinionWeight: track.opinionWeight * fading,
  };
}

/** The track after a second opinion. */
export function addOpinion(track, label_probs, now_s) {
  return {
    ...track,
    opinions: track.opinions.map((value, i) => value + label_probs[i]),
    opinionWeight: track.opinionWeight + 1,
    opinion_s: now_s,
  };
}

/** The probability of each label after the vote. */
export function votedProbs({ votes, frames, opinions, opinionWeight, opinion_s }, now_s) {
  const weight = OPINION_WEIGHT * 0.5 ** ((now_s - opinion_s) / OPINION_HALF_LIFE_S);
  return votes.map((value, i) => (value / frames + weight * (opinionWeight > 0 ? opinions[i] / opinionWeight : 0)) / (1 + weight));
}

/** The track with its label decided by the vote; once per frame. */
export function elect(track, now_s) {
  const probs = votedProbs(track, now_s);
  const first = labelled({}, probs).label;
  const holder = track.label ?? first;
  return { ...track, label: probs[first] > HYSTERESIS * probs[holder] ? first : holder };
}

/** A face with number, steady box and elected label of its track. */
export function shownFace(track, face, now_s) {
  const label_probs = votedProbs(track, now_s).map((value) => Math.min(Math.max(value, 0), 1));
  return { ...face, xyxy: track.steady, track_id: track.track_id, label: track.label, label_score: label_probs[track.label], label_probs };
}
