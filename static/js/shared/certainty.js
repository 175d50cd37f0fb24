// Whether a face is shown with its label or as "not sure": the server gives labels, the page decides. Pure.

export const NOT_SURE = "not_sure";

const NOT_SURE_BELOW = 0.6;
/** Higher than the other limit, so that a face on the limit does not flicker. */
const SURE_AGAIN_FROM = 0.66;
/** The server gives a face that was away for a second a new `track_id`. */
const FORGET_MS = 1000;

/**
 * The state of one face.
 * @param {{label: string, label_score: number}} face
 * @param {boolean} wasNotSure how the same face was shown in the frame before
 * @returns {string} a key of STATES
 */
export function faceState({ label, label_score }, wasNotSure = false) {
  return label_score < (wasNotSure ? SURE_AGAIN_FROM : NOT_SURE_BELOW) ? NOT_SURE : label;
}

/** Faces of a single picture, each with its state. */
export function withStates(faces) {
  return faces.map((face) => ({ ...face, state: faceState(face) }));
}

/**
 * Faces of the next frame of a stream, each with its state, which depends on the one before along `track_id`.
 * @param {object[]} faces
 * @param {Map<number, {notSure: boolean, seen_ms: number}>} tracks as returned for the frame before; empty at the beginning
 * @param {number} now_ms time of the stream
 * @returns {{faces: object[], tracks: Map<number, {notSure: boolean, seen_ms: number}>}}
 */
export function followStates(faces, tracks, now_ms) {
  const known = new Map([...tracks].filter(([, { seen_ms }]) => now_ms - seen_ms <= FORGET_MS));
  const shown = faces.map((face) => ({ ...face, state: faceState(face, known.get(face.track_id)?.notSure) }));
  for (const { track_id, state } of shown) {
    if (Number.isInteger(track_id)) known.set(track_id, { notSure: state === NOT_SURE, seen_ms: now_ms });
  }
  return { faces: shown, tracks: known };
}
