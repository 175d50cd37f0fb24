// From a frame to labelled faces. Counterpart of webapp/vision/pipeline.py.
import { labelled } from "./vision/detections.js";

/** A detector and, where it is loaded, the classifier of face crops. One call at a time. */
export class Pipeline {
  #detector;
  #classifier;
  #names;

  /**
   * @param {import("./detectors/multiface.js").MultiFaceDetector} detector
   * @param {import("./mask_classifier.js").MaskClassifier | null} classifier with an output for every label
   * @param {{detector: string, classifier: string}} names for responses
   */
  constructor(detector, classifier, names) {
    this.#detector = detector;
    this.#classifier = classifier;
    this.#names = names;
  }

  /** The classifier of second opinions, or null. */
  get verifier() {
    return this.#classifier;
  }

  /** The faces of a frame, labelled by the detector. */
  detect(frame, scoreThreshold = this.#detector.scoreThreshold, recent = null) {
    return this.#detector.detect(frame, scoreThreshold, recent);
  }

  /** The faces of a single picture; with a classifier each label is the mean of both. */
  async run(frame) {
    const faces = await this.detect(frame);
    if (!this.#classifier) return faces;
    const opinions = await this.#classifier.labelProbs(frame, faces.map(({ xyxy }) => xyxy));
    return faces.map((face, i) => labelled(face, face.label_probs.map((value, k) => (value + opinions[i][k]) / 2)));
  }

  /** The `model` object of responses. */
  describe() {
    return { ...this.#names, score_threshold: this.#detector.scoreThreshold };
  }
}
