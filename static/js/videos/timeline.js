// The number of faces in each state over the time of a video. Pure.
import { followStates } from "../shared/certainty.js";
import { STATES, STATE_NAMES } from "../shared/face_states.js";
import { clock, countStates, countSummary } from "../shared/text.js";

/** Parse JSON Lines of detections into `{time_s, counts}`, with counts by state. */
export function parseDetections(text) {
  let tracks = new Map();
  const count = ({ time_s, faces }) => {
    const followed = followStates(faces, tracks, time_s * 1000);
    tracks = followed.tracks;
    return { time_s, counts: countStates(followed.faces) };
  };
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => count(JSON.parse(line)));
}

/**
 * Most faces at once in each of n equal spans of the video, by state; and the maximum of all.
 * A span without a frame of its own shows the previous frame.
 */
export function lanes(frames, duration_s, n) {
  const byState = Object.fromEntries(STATE_NAMES.map((state) => [state, new Array(n).fill(0)]));
  frames.forEach(({ time_s, counts }, i) => {
    const first = span(time_s, duration_s, n);
    const last = Math.max(first, span(frames[i + 1]?.time_s ?? Infinity, duration_s, n) - (i + 1 < frames.length ? 1 : 0));
    for (const state of STATE_NAMES) {
      for (let at = first; at <= last; at += 1) byState[state][at] = Math.max(byState[state][at], counts[state]);
    }
  });
  return { byState, max: Math.max(1, ...STATE_NAMES.flatMap((state) => byState[state])) };
}

function span(time_s, duration_s, n) {
  return Math.min(n - 1, Math.max(0, Math.floor((time_s / duration_s) * n + 1e-6)));
}

/** SVG path of one lane in a box of n × 1, with its bars on the bottom edge. */
export function lanePath(values, max) {
  const steps = values.map((value, i) => `V${+(1 - (value / max) * 0.9).toFixed(3)}H${i + 1}`);
  return `M0 1${steps.join("")}V1Z`;
}

/** A position in the video and its faces as text: "0:03 of 0:04. 1 face: with a mask". */
export function positionText(frames, time_s, duration_s) {
  const shown = frames.findLast((frame) => frame.time_s <= time_s + 1e-3) ?? frames[0];
  const position = `${clock(time_s)} of ${clock(duration_s)}`;
  return shown ? `${position}. ${countSummary(shown.counts)}` : position;
}

/** The timeline as one sentence. */
export function timelineText(frames) {
  const withFaces = frames.filter(({ counts }) => STATE_NAMES.some((state) => counts[state] > 0)).length;
  if (withFaces === 0) return "No faces in this video.";
  const parts = STATE_NAMES.map((state) => [state, frames.filter(({ counts }) => counts[state] > 0).length])
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${STATES[state].word} in ${count}`);
  return `Faces in ${withFaces} of ${frames.length} frames: ${parts.join(", ")}.`;
}
