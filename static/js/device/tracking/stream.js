// One stream of frames: its tracker, second opinions on its faces, verified boxes to reuse. Counterpart of
// webapp/vision/tracking/stream.py.
import { RecentLogits } from "../detectors/recent_logits.js";
import { CONFIDENT_SCORE, EVERY_FACE, selectFaces } from "../second_opinion.js";
import { Tracker } from "./tracker.js";

/** Takes the faces of one frame after the other; one call at a time. */
export class Stream {
  #tracker = new Tracker();
  #recent = new RecentLogits();

  /**
   * What the detection of the next frame may reuse.
   * @param {{width: number, height: number}} frame
   * @param {number} time_s when it was taken
   */
  recentLogits(frame, time_s) {
    this.#recent.begin(time_s, frame);
    return this.#recent;
  }

  /**
   * The faces as they are shown.
   * @param {import("../vision/resize.js").Frame} frame
   * @param {import("../vision/detections.js").Face[]} faces of this frame
   * @param {number} time_s when it was taken
   * @param {import("../mask_classifier.js").MaskClassifier | null} verifier gives second opinions
   */
  follow(frame, faces, time_s, verifier) {
    if (!verifier) return this.#tracker.update(faces, time_s);
    return this.#tracker.update(faces, time_s, async (states) => {
      const confidentScore = verifier.isPersonal ? EVERY_FACE : CONFIDENT_SCORE;
      const chosen = selectFaces(faces.map(({ xyxy }) => xyxy), states, confidentScore);
      const opinions = await verifier.labelProbs(frame, chosen.map((i) => faces[i].xyxy));
      return new Map(chosen.map((i, k) => [i, opinions[k]]));
    });
  }
}
