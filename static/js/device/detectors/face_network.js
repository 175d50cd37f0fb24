// One network of the project's own detector: a frame to candidates. Counterpart of webapp/vision/detectors/face_network.py.
import { scaleBox } from "../vision/boxes.js";
import { LABELS } from "../vision/detections.js";
import { fitFrame } from "../vision/letterbox.js";
import { decode, locations } from "./anchor_free.js";

/** A single-shot network. */
export class FaceNetwork {
  #infer;
  #labelTemperature;
  #points = new Map();

  /**
   * @param {object} card names `classes` and `label_temperature`
   * @param {(input: Float32Array, height: number, width: number) => Promise<Float32Array>} infer the network's output, locations x 8
   * @throws {TypeError} the card is of another network
   */
  constructor(card, infer) {
    if (String(card.classes) !== String(LABELS) || !(card.label_temperature > 0)) throw new TypeError("classes or label_temperature");
    this.#labelTemperature = card.label_temperature;
    this.#infer = infer;
  }

  /** The candidates of a view of a frame, before suppression: raw scores, pixels of the frame (mirrored where the view is). */
  async candidates(frame, { sizePx, mirrored }, scoreThreshold) {
    const { input, width, height, factors } = fitFrame(frame, sizePx, mirrored);
    const outputs = await this.#infer(input, height, width);
    const found = decode(outputs, this.#pointsOf(height, width), scoreThreshold, this.#labelTemperature);
    return found.map((candidate) => ({ ...candidate, xyxy: scaleBox(candidate.xyxy, 1 / factors[0], 1 / factors[1]) }));
  }

  #pointsOf(height, width) {
    const key = `${width}x${height}`;
    if (!this.#points.has(key)) this.#points.set(key, locations(height, width));
    return this.#points.get(key);
  }
}
