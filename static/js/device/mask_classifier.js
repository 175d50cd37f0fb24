// The classifier of face crops. Counterpart of webapp/vision/mask_classifier.py.
import { cropFaces } from "./vision/crops.js";
import { LABELS } from "./vision/detections.js";

/** Gives each face a probability of each label. */
export class MaskClassifier {
  #card;
  #classes;
  #infer;
  #personal;

  /**
   * @param {object} card names `classes`, `input.size_px`, `padding` and, where there are such outputs, `face_output` and `features`
   * @param {(crop: Float32Array) => Promise<Float32Array[]>} infer the network's outputs for one crop: the scores in the order of
   *   `classes`, with a face output its log-odds behind them; and the features
   * @param {string} sha256 of the file
   * @param {import("./personal/personal_classifier.js").PersonalClassifier | null} personal a visitor's own, fitted to this file's features
   * @throws {TypeError} an entry is missing or malformed
   */
  constructor(card, infer, sha256 = "", personal = null) {
    /** The checksum of the file: a detector is calibrated with one file. */
    this.sha256 = sha256;
    this.#classes = card.classes.map((name) => LABELS.indexOf(name));
    if (this.#classes.includes(-1) || !(card.input.size_px > 0) || !(card.padding >= 0)) throw new TypeError("classes, input or padding");
    this.#card = card;
    this.#infer = infer;
    this.#personal = personal;
  }

  /** Whether a visitor's own classifier has a part in its label probabilities. */
  get isPersonal() {
    return this.#personal !== null;
  }

  /** Whether it has an output for each of LABELS: one without would rule the others out. */
  get knowsAllLabels() {
    return this.#classes.length === LABELS.length;
  }

  /** The log-odds that a box of a frame holds a face; for a classifier with a face output. @returns {Promise<number>} */
  async faceLogit(frame, box) {
    const [crop] = this.#crops(frame, [box]);
    return (await this.#outputs(crop)).scores.at(-1);
  }

  /** The probability of each label for each box of a frame. @returns {Promise<number[][]>} */
  async labelProbs(frame, boxes) {
    const crops = await this.classifyCrops(frame, boxes);
    return crops.map(({ features, shipped }) => (this.#personal ? this.#personal.labelProbs(features, shipped) : shipped));
  }

  /**
   * What a visitor's own classifier is fitted to: features of each box of a frame, and the label probabilities of the file itself.
   * @returns {Promise<{features: Float32Array | undefined, shipped: number[]}[]>}
   */
  async classifyCrops(frame, boxes) {
    const found = [];
    for (const crop of this.#crops(frame, boxes)) {
      const { scores, features } = await this.#outputs(crop);
      const shipped = LABELS.map(() => 0);
      this.#classes.forEach((label, i) => (shipped[label] = Math.min(Math.max(scores[i], 0), 1)));
      found.push({ features, shipped });
    }
    return found;
  }

  #crops(frame, boxes) {
    return cropFaces(frame, boxes, this.#card.input.size_px, this.#card.padding);
  }

  /** The outputs for one crop, by their lengths: runtimes order them as they like. */
  async #outputs(crop) {
    const outputs = await this.#infer(crop);
    const count = this.#classes.length + Number(this.#card.face_output === true);
    const scores = outputs.find(({ length }) => length === count);
    if (!scores) throw new TypeError("The classifier's outputs do not fit its card.");
    return { scores, features: outputs.find(({ length }) => length === this.#card.features) };
  }
}
