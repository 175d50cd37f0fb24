// Face log-odds of one live stream, reused while a large box stays where it is. Counterpart of
// webapp/vision/detectors/recent_logits.py, whose constants have their reasons there.
import { boxIou } from "../vision/boxes.js";

const REUSED_S = 0.5;
const SAME_IOU = 0.7;

/** Remembers the log-odds of boxes for a short time. */
export class RecentLogits {
  #known = [];
  #size = "";
  #time_s = 0;

  /**
   * Begin a frame, and forget what is too old or was seen in frames of another size.
   * @param {number} time_s when it was taken, never less than that of the frame before
   * @param {{width: number, height: number}} frame
   */
  begin(time_s, { width, height }) {
    const size = `${width}x${height}`;
    this.#known = this.#known.filter((known) => size === this.#size && time_s - known.time_s < REUSED_S - 1e-3);
    this.#size = size;
    this.#time_s = time_s;
  }

  /**
   * A function like `faceLogit` for this frame.
   * @param {(xyxy: number[]) => Promise<number>} faceLogit computes what is not known
   */
  reusing(faceLogit) {
    return async (xyxy) => {
      const overlaps = this.#known.map((known) => boxIou(xyxy, known.xyxy));
      const nearest = overlaps.indexOf(Math.max(...overlaps));
      if (overlaps[nearest] >= SAME_IOU) return this.#known[nearest].logit;
      const logit = await faceLogit(xyxy);
      this.#known.push({ xyxy, logit, time_s: this.#time_s });
      return logit;
    };
  }
}
