// Pipelines from the server's settings and the models that the visitor chose. Counterpart of webapp/pipelines.py.
import { DeviceError } from "./failures.js";
import { FaceNetwork } from "./detectors/face_network.js";
import { MultiFaceDetector } from "./detectors/multiface.js";
import { photoViews, streamViews } from "./detectors/views.js";
import { Network } from "./runtime/litert.js";
import { MaskClassifier } from "./mask_classifier.js";
import { Pipeline } from "./pipeline.js";

/** Loads each model once and builds pipelines of them. */
export class Pipelines {
  #runtime;
  #store;
  #device;
  #networks = new Map();

  /**
   * @param {import("./runtime/litert.js").Runtime} runtime
   * @param {import("./runtime/model_store.js").ModelStore} store
   * @param {object} device the server's `device.json`: models with address, checksum and card, and sizes of views
   */
  constructor(runtime, store, device) {
    this.#runtime = runtime;
    this.#store = store;
    this.#device = device;
  }

  /** Checksum of the classifier's file. */
  get classifierSha256() {
    return this.#device.models.mask_classifier?.sha256;
  }

  /**
   * For live frames.
   * @param {{classifier: boolean, personal: import("./personal/personal_classifier.js").PersonalClassifier | null}} models further
   *   ones that the visitor chose; a visitor's own one needs the classifier
   */
  stream(models) {
    return this.#build(streamViews(this.#device.stream_size_px), models);
  }

  /** For photos. @param {{classifier: boolean, wide: boolean, personal: object | null}} models likewise */
  photo(models) {
    return this.#build(photoViews(this.#device.photo_size_px, models.wide ? "ensemble" : "small"), models);
  }

  /** The classifier alone, as it is shipped. */
  async classifier() {
    return crops(await this.#network("mask_classifier"), this.classifierSha256, null);
  }

  async #build(views, { classifier: withClassifier, personal }) {
    const ensemble = views.some(({ network }) => network > 0);
    const networks = [await this.#network("multiface"), ...(ensemble ? [await this.#network("multiface_wide")] : [])];
    const classifier = withClassifier || personal ? await this.#network("mask_classifier") : null;
    try {
      const verifier = classifier && crops(classifier, this.classifierSha256, personal ?? null);
      const card = ensemble ? networks[1].card.ensemble : networks[0].card;
      const faces = networks.map((network) => new FaceNetwork(network.card, async (input, height, width) => (await network.run(input, [1, height, width, 3]))[0]));
      const detector = new MultiFaceDetector(faces, views, card, this.#device.score_threshold, verifier);
      const name = networks.map((network) => network.card.name).join("+");
      return new Pipeline(detector, verifier, { detector: name, classifier: classifier ? `${name}+${classifier.card.name}` : name });
    } catch (error) {
      throw error instanceof TypeError ? new DeviceError("bad_model", error) : error;
    }
  }

  /** A model, which is loaded at the first call. A failed load is forgotten, so that it can be tried again. */
  #network(name) {
    if (!this.#networks.has(name)) {
      const loading = this.#load(this.#device.models[name]);
      this.#networks.set(name, loading);
      loading.catch(() => this.#networks.delete(name));
    }
    return this.#networks.get(name);
  }

  async #load(model) {
    return Network.start(this.#runtime, await this.#store.read(model), model.card);
  }
}

function crops(network, sha256, personal) {
  const side = network.card.input.size_px;
  return new MaskClassifier(network.card, (crop) => network.run(crop, [1, side, side, 3]), sha256, personal);
}
