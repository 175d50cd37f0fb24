// Whether a face is shown with its label or as "not sure": the server predicts labels, the page applies the limits. Pure.

export const NOT_SURE = "not_sure";

const NOT_SURE_BELOW = 0.6;
/** Hysteresis: higher than the other limit, so that a face near the limit does not flicker. */
const SURE_AGAIN_FROM = 0.66;
/** The server gives a face that was out of view for a second a new `track_id`. */
const FORGET_MS = 1000;

/**
 * The state of one face.
 * @param {{label: string, label_score: number}} face
 * @param {boolean} wasNotSure whether the same face was "not sure" in the previous frame
 * @returns {string} a key of STATES
 */
export function faceState({ label, label_score }, wasNotSure = false) {
  return label_score < (wasNotSure ? SURE_AGAIN_FROM : NOT_SURE_BELOW) ? NOT_SURE : label;
}

/** The faces of a single picture, each with its state. */
export function withStates(faces) {
  return faces.map((face) => ({ ...face, state: faceState(face) }));
}

/**
 * The faces of the next frame of a stream, each with its state, which depends on the previous state of its `track_id`.
 * @param {object[]} faces
 * @param {Map<number, {notSure: boolean, seen_ms: number}>} tracks as returned for the previous frame; empty for the first
 * @param {number} now_ms time of the stream, in milliseconds
 * @returns {{faces: object[], tracks: Map<number, {notSure: boolean, seen_ms: number}>}}
 */
export function followStates(faces, tracks, now_ms) {
  const current = new Map([...tracks].filter(([, { seen_ms }]) => now_ms - seen_ms <= FORGET_MS));
  const shown = faces.map((face) => ({ ...face, state: faceState(face, current.get(face.track_id)?.notSure) }));
  for (const { track_id, state } of shown) {
    if (Number.isInteger(track_id)) current.set(track_id, { notSure: state === NOT_SURE, seen_ms: now_ms });
  }
  return { faces: shown, tracks: current };
}
