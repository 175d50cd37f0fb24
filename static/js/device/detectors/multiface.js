// The project's own detector: many faces at once, each with its label. Counterpart of webapp/vision/detectors/multiface.py.
import { clipBox } from "../vision/boxes.js";
import { labelled } from "../vision/detections.js";
import { merge, vote } from "./anchor_free.js";
import { Calibration } from "./calibration.js";
import { isVerified, verifyLarge } from "./face_verification.js";

/** Raw score from which a view's candidates count: a low score of one view must reach the mean. */
const LOWEST_SCORE = 0.05;

/** A detector that merges several views. */
export class MultiFaceDetector {
  #networks;
  #views;
  #calibration;
  #scoreThreshold;
  #verification;
  #verifier;

  /**
   * @param {import("./face_network.js").FaceNetwork[]} networks which the views name by their index
   * @param {import("./views.js").View[]} views how each frame is inferred, largest first
   * @param {object} card holds the `calibration` of these views
   * @param {number | null} scoreThreshold in place of the card's
   * @param {import("../mask_classifier.js").MaskClassifier | null} verifier verifies large detections; used where it is the one
   *   that the card was calibrated with
   */
  constructor(networks, views, card, scoreThreshold = null, verifier = null) {
    this.#networks = networks;
    this.#views = views;
    this.#calibration = Calibration.ofCard(card, views);
    this.#verifier = verifier;
    this.#verification = verifier && this.#calibration.verification(card, verifier.sha256);
    this.#scoreThreshold = scoreThreshold ?? (this.#verification ?? this.#calibration).threshold;
  }

  /** The operating point: faces below are dropped unless a call gives another. */
  get scoreThreshold() {
    return this.#scoreThreshold;
  }

  /**
   * The faces of a frame, labelled, best first.
   * @param {import("../vision/resize.js").Frame} frame
   * @param {number} scoreThreshold calibrated, in [0, 1]
   * @param {import("./recent_logits.js").RecentLogits | null} recent of the live stream that the frame belongs to
   * @returns {Promise<import("../vision/detections.js").Face[]>}
   */
  async detect(frame, scoreThreshold, recent = null) {
    const longer = Math.max(frame.width, frame.height);
    const views = [];
    for (const view of this.#views) views.push(vote(await this.#infer(frame, view)));
    const found = merge(views, this.#views.map(({ sizePx }) => sizePx / longer));
    const faces = found.map(({ xyxy, score, label_probs }) => {
      const box = clipBox(this.#calibration.unbiased(xyxy), frame);
      return labelled({ xyxy: box, detection_score: this.#calibration.apply(score, box, longer) }, label_probs);
    });
    if (!this.#verification) return bestFirst(faces, scoreThreshold);
    const candidates = faces.filter((face) => face.detection_score >= scoreThreshold || isVerified(face, longer));
    const compute = (xyxy) => this.#verifier.faceLogit(frame, xyxy);
    const faceLogit = recent ? recent.reusing(compute) : compute;
    return bestFirst(await verifyLarge(bestFirst(candidates, 0), longer, this.#verification, faceLogit), scoreThreshold);
  }

  async #infer(frame, view) {
    const found = await this.#networks[view.network].candidates(frame, view, LOWEST_SCORE);
    return view.mirrored ? found.map((candidate) => unmirrored(candidate, frame.width)) : found;
  }
}

function bestFirst(faces, scoreThreshold) {
  return faces.filter((face) => face.detection_score >= scoreThreshold).sort((a, b) => b.detection_score - a.detection_score);
}

function unmirrored(candidate, width) {
  const [x1, y1, x2, y2] = candidate.xyxy;
  return { ...candidate, xyxy: [width - x2, y1, width - x1, y2] };
}
