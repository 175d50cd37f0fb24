// The faces of a film over its time. Pure.
import { LABELS, STATES } from "./states.js";
import { clock, countLabels, countSummary } from "./words.js";

/** Parse JSON Lines of detections into `{time_s, counts}`, counts by label. */
export function parseDetections(text) {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line))
    .map(({ time_s, faces }) => ({ time_s, counts: countLabels(faces) }));
}

/**
 * Most faces at once in each of n equal spans of the film, by label; and the most of all.
 * A span without a frame of its own still shows the frame before.
 */
export function lanes(frames, duration_s, n) {
  const byLabel = Object.fromEntries(LABELS.map((label) => [label, new Array(n).fill(0)]));
  frames.forEach(({ time_s, counts }, i) => {
    const first = span(time_s, duration_s, n);
    const last = Math.max(first, span(frames[i + 1]?.time_s ?? Infinity, duration_s, n) - (i + 1 < frames.length ? 1 : 0));
    for (const label of LABELS) {
      for (let at = first; at <= last; at += 1) byLabel[label][at] = Math.max(byLabel[label][at], counts[label]);
    }
  });
  return { byLabel, most: Math.max(1, ...LABELS.flatMap((label) => byLabel[label])) };
}

function span(time_s, duration_s, n) {
  return Math.min(n - 1, Math.max(0, Math.floor((time_s / duration_s) * n + 1e-6)));
}

/** SVG path of one lane in a box of n × 1, standing on its floor. */
export function lanePath(values, most) {
  const steps = values.map((value, i) => `V${+(1 - (value / most) * 0.9).toFixed(3)}H${i + 1}`);
  return `M0 1${steps.join("")}V1Z`;
}

/** One place of the film in words: "0:03 of 0:04. 1 face: with a mask". */
export function momentWords(frames, time_s, duration_s) {
  const shown = frames.findLast((frame) => frame.time_s <= time_s + 1e-3) ?? frames[0];
  const place = `${clock(time_s)} of ${clock(duration_s)}`;
  return shown ? `${place}. ${countSummary(shown.counts)}` : place;
}

/** The plot in one sentence. */
export function timelineWords(frames) {
  const withFaces = frames.filter(({ counts }) => LABELS.some((label) => counts[label] > 0)).length;
  if (withFaces === 0) return "No faces in this film.";
  const parts = LABELS.map((label) => [label, frames.filter(({ counts }) => counts[label] > 0).length])
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${STATES[label].word} in ${count}`);
  return `Faces in ${withFaces} of ${frames.length} frames: ${parts.join(", ")}.`;
}
