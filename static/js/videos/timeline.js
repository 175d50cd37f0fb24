// The number of faces in each state over the time of a video. Pure.
import { followStates } from "../shared/faces/certainty.js";
import { STATES, STATE_NAMES } from "../shared/faces/face_states.js";
import { countStates, countSummary } from "../shared/faces/text.js";
import { clock, percent } from "../shared/numbers.js";

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

/** A position in the video and its faces as text: "0:03 of 0:04. 1 face: with a mask". */
export function positionText(frames, time_s, duration_s) {
  const shown = frames.findLast((frame) => frame.time_s <= time_s + 1e-3) ?? frames[0];
  const position = `${clock(time_s)} of ${clock(duration_s)}`;
  return shown ? `${position}. ${countSummary(shown.counts)}` : position;
}

/** How much of the time each state is in view, as parts of a verdict: "Mask 80 % of the time". */
export function timeParts(frames) {
  return STATE_NAMES.map((state) => ({ state, part: frames.filter(({ counts }) => counts[state] > 0).length / frames.length }))
    .filter(({ part }) => part > 0)
    .map(({ state, part }) => ({ state, text: `${STATES[state].word} ${percent(part)} of the time` }));
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
