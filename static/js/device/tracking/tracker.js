// The tracker of one stream: smoothed boxes, voted labels, a number for every face while it is in view. Counterpart of
// webapp/vision/tracking/tracker.py.
import { matchFaces } from "./track_matching.js";
import { addOpinion, beginTrack, elect, expectedBox, shownFace, updateTrack, votedProbs } from "./tracks.js";

const FORGET_S = 1;
const USUAL_STEP_S = 1 / 30;
const UNSEEN_MAX = 256;

/** Tracks the faces of one stream. It adds no face and drops none. One call at a time. */
export class Tracker {
  #tracks = [];
  #next = 1;
  #time_s = 0;
  #now_s = 0;

  /** How many tracks are remembered. */
  get size() {
    return this.#tracks.length;
  }

  /**
   * The faces of one frame, in their order, with number, smoothed box and voted label.
   * @param {import("../vision/detections.js").Face[]} faces
   * @param {number} time_s when the frame was taken; where it does not advance, the usual step is taken instead
   * @param {(states: {label_probs: number[], since_s: number}[]) => Promise<Map<number, number[]>>} [secondOpinions] gives label
   *   probabilities of some faces by their index
   */
  async update(faces, time_s, secondOpinions = async () => new Map()) {
    this.#goOn(time_s);
    const now_s = this.#now_s;
    const known = this.#tracks.filter((track) => now_s - track.detected_s <= FORGET_S);
    const trackOf = matchFaces(
      known.map((track) => expectedBox(track, now_s)),
      faces.map(({ xyxy }) => xyxy),
      known.map((track) => now_s - track.detected_s),
    );
    const met = faces.map((face, i) => (trackOf[i] < 0 ? this.#begin(face) : updateTrack(known[trackOf[i]], face, now_s)));
    const opinions = await secondOpinions(met.map((track) => ({ label_probs: votedProbs(track, now_s), since_s: now_s - track.opinion_s })));
    const present = met.map((track, i) => elect(opinions.has(i) ? addOpinion(track, opinions.get(i), now_s) : track, now_s));
    // Those of this frame come first and the rest follow as they were, so the last ones were missed longest.
    const unseen = known.filter((_, j) => !trackOf.includes(j)).slice(0, UNSEEN_MAX);
    this.#tracks = [...present, ...unseen];
    return faces.map((face, i) => shownFace(present[i], face, now_s));
  }

  #goOn(time_s) {
    const step_s = time_s - this.#time_s;
    this.#now_s += step_s > 0 && step_s < Infinity ? step_s : USUAL_STEP_S;
    if (Number.isFinite(time_s)) this.#time_s = time_s;
  }

  #begin(face) {
    this.#next += 1;
    return beginTrack(face, this.#next - 1, this.#now_s);
  }
}
