// The work of the worker: opens the runtime, and detects faces in frames and photos. Messages go in and out; see worker.js.
import { facesJson } from "./vision/detections.js";
import { DeviceError } from "./failures.js";
import { fitPersonal } from "./personal/fitting.js";
import { PersonalClassifier, PersonalError, refuseOtherModel } from "./personal/personal_classifier.js";
import { Runtime } from "./runtime/litert.js";
import { ModelStore, sha256Hex } from "./runtime/model_store.js";
import { Pipelines } from "./pipelines.js";
import { Stream } from "./tracking/stream.js";
import { Turnstile } from "./turnstile.js";

/** Receives messages by their `kind`: open, frame, photo, crops, fit, restart; answers those that have an `id`. */
export class Engine {
  #post;
  #pipelines;
  #store = new ModelStore({ caches: globalThis.caches, fetch: (url, options) => fetch(url, options), digest: sha256Hex });
  #models = { classifier: false, wide: false, personal: null };
  #stream = new Stream();
  #turnstile = new Turnstile();
  #reader = new FrameReader();
  #opening = Promise.resolve();

  /** @param {(message: object) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /** @throws {DeviceError} */
  async receive({ kind, id, ...message }) {
    if (kind === "restart") this.#stream = new Stream();
    if (kind === "open") this.#post({ kind: "opened", id, ...(await this.#open(message)) });
    if (kind === "frame") this.#post({ kind: "result", id, result: await this.#frame(message) });
    if (kind === "photo") this.#post({ kind: "result", id, result: await this.#photo(message) });
    if (kind === "crops") this.#post({ kind: "result", id, result: await this.#crops(message) });
    if (kind === "fit") this.#post({ kind: "result", id, ...this.#fit(message) });
  }

  /** One after another: the runtime's loader, asked twice at once, ends the worker. */
  #open(message) {
    const before = this.#opening.catch(() => {});
    return (this.#opening = before.then(() => this.#load(message)));
  }

  async #load({ vendorUrl, deviceUrl, models, purpose }) {
    if (!this.#pipelines) {
      const device = await readDevice(deviceUrl);
      this.#pipelines = new Pipelines(await Runtime.load(vendorUrl), this.#store, device);
    }
    this.#models = { ...models, personal: this.#personal(models.personal) };
    // Loads the models and runs their self-tests.
    const pipeline = await this.#pipeline(purpose);
    return { model: pipeline.describe(), noRoom: this.#store.noRoom };
  }

  async #frame({ meta, bitmap }) {
    const arrived = performance.now();
    const result = await this.#turnstile.pass(() => this.#detect(meta, bitmap, performance.now() - arrived));
    if (result === null) bitmap.close();
    return result ?? { seq: meta.seq, dropped: true };
  }

  async #detect({ seq, captured_ms, score_threshold }, bitmap, queue_ms) {
    const started = performance.now();
    const frame = this.#reader.read(bitmap);
    const read = performance.now();
    const pipeline = await this.#pipeline("stream");
    const recent = this.#stream.recentLogits(frame, captured_ms / 1000);
    const faces = await pipeline.detect(frame, score_threshold, recent);
    const detected = performance.now();
    const followed = await this.#stream.follow(frame, faces, captured_ms / 1000, pipeline.verifier);
    const timings = { queue_ms, decode_ms: read - started, detect_ms: detected - read, classify_ms: performance.now() - detected };
    return { seq, width: frame.width, height: frame.height, faces: facesJson(followed, [1, 1], true), timings };
  }

  async #photo({ bitmap, width, height }) {
    const started = performance.now();
    const frame = this.#reader.read(bitmap);
    const pipeline = await this.#pipeline("photo");
    const faces = facesJson(await pipeline.run(frame), [width / frame.width, height / frame.height]);
    return { width, height, faces, model: pipeline.describe(), elapsed_ms: performance.now() - started };
  }

  async #crops({ bitmap, boxes }) {
    const frame = this.#reader.read(bitmap);
    if (!this.#pipelines) throw new DeviceError("crashed");
    return (await this.#pipelines.classifier()).classifyCrops(frame, boxes);
  }

  /** What cannot be fitted is an answer, not a failure of the device. */
  #fit({ examples, fitted }) {
    try {
      return { result: fitPersonal(examples, this.#pipelines.classifierSha256, fitted) };
    } catch (error) {
      if (error instanceof PersonalError) return { refusal: error.message };
      throw error;
    }
  }

  /** Ready to use; null where there is none, or one that does not help. The page has checked that it fits the models. */
  #personal(personal) {
    if (!personal?.weight) return null;
    try {
      refuseOtherModel(personal, this.#pipelines.classifierSha256);
    } catch (error) {
      throw new DeviceError("bad_model", error);
    }
    return new PersonalClassifier(personal);
  }

  #pipeline(purpose) {
    if (!this.#pipelines) throw new DeviceError("crashed");
    return this.#pipelines[purpose](this.#models);
  }
}

/** Turns bitmaps into frames, on one canvas. */
class FrameReader {
  #canvas = new OffscreenCanvas(1, 1);

  read(bitmap) {
    const { width, height } = bitmap;
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
  }
}

async function readDevice(url) {
  let device;
  try {
    device = await (await fetch(url)).json();
  } catch (error) {
    throw new DeviceError("unreachable", error);
  }
  if (!device.offered) throw new DeviceError("not_offered");
  for (const model of Object.values(device.models)) model.url = new URL(model.url, url).href;
  return device;
}
