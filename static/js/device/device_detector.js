// Detection on this device: the page's side of the worker. The same interface as the connection to a server.
import { fitWithin } from "../shared/faces/geometry.js";
import { DeviceError } from "./failures.js";
import { PersonalError } from "./personal/personal_classifier.js";

const VENDOR = new URL("../../vendor/litert/", import.meta.url).href;
/** A worker that is stuck in a decoder never answers. */
const REPLY_TIMEOUT_MS = 60_000;
/**
 * Loading takes minutes over a slow link: 4 MB at 200 kbit/s three. The time of fitting grows with the square of the number of
 * examples: 90 take half a second, 400 seven.
 */
const LONG_REPLY_TIMEOUT_MS = 600_000;
const FRAME_LONGER_SIDE_PX = 640;
/** Larger photos are scaled down; the server does likewise. */
const PHOTO_MAX_PX = 8_000_000;

async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error("This picture is damaged and cannot be opened. Please try another copy of it.");
  }
}

/** A worker with its models. Events: "failed", detail: a code of failures.js; afterwards it must be opened anew. */
export class DeviceDetector extends EventTarget {
  #worker = null;
  #opening = null;
  /** What it was opened for last; a photo that finds no worker opens one for the same. */
  #asked = ["photo", { classifier: false, wide: false }];
  #ready = false;
  #waiting = new Map();
  #nextId = 1;
  #deviceUrl;

  /** @param {string} deviceUrl address of `device.json` */
  constructor(deviceUrl) {
    super();
    this.#deviceUrl = new URL(deviceUrl, document.baseURI).href;
  }

  /**
   * Start the worker, load the models, run their self-tests. A second call with other models loads those too.
   * @param {"stream" | "photo"} purpose
   * @param {import("./places.js").Models} models further models
   * @returns {Promise<{model: object, noRoom: boolean}>} noRoom: the browser could not keep the models
   * @throws {DeviceError}
   */
  async open(purpose, models) {
    if (!globalThis.isSecureContext) throw new DeviceError("insecure");
    if (!globalThis.Worker || !globalThis.OffscreenCanvas) throw new DeviceError("no_worker");
    if (!globalThis.WebAssembly) throw new DeviceError("no_wasm");
    this.#asked = [purpose, models];
    this.#start();
    this.#opening = this.#ask({ kind: "open", vendorUrl: VENDOR, deviceUrl: this.#deviceUrl, purpose, models }, [], LONG_REPLY_TIMEOUT_MS);
    try {
      const opened = await this.#opening;
      this.#ready = true;
      return opened;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** End the worker and free its memory. @param {DeviceError} error what those who wait are told */
  close(error = new DeviceError("crashed")) {
    this.#ready = false;
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** Forget the tracks: a new stream begins. */
  restart() {
    this.#worker?.postMessage({ kind: "restart" });
  }

  /** Whether a frame would be processed. */
  get ready() {
    return this.#ready;
  }

  /** The current frame of a video, as large as the one that a server gets. @returns {Promise<{picture: ImageBitmap, width: number, height: number}>} */
  async grab(video) {
    const size = fitWithin({ width: video.videoWidth, height: video.videoHeight }, FRAME_LONGER_SIDE_PX);
    const picture = await createImageBitmap(video, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "medium" });
    return { picture, ...size };
  }

  /**
   * Detect the faces of a frame.
   * @param {{seq: number, captured_ms: number, score_threshold?: number}} meta
   * @param {ImageBitmap} bitmap given away
   * @returns {Promise<object|null>} as of the server's connection; null where the worker failed meanwhile
   */
  async send(meta, bitmap) {
    if (!this.#ready) return null;
    try {
      return (await this.#ask({ kind: "frame", meta, bitmap }, [bitmap])).result;
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  /** Detect the faces of a photo; the result is that of `POST /api/v1/detect`. @param {Blob} file @throws {Error} */
  async detectPhoto(file) {
    await this.#opened();
    const whole = await decoded(file);
    const { width, height } = whole;
    const size = fitWithin(whole, Infinity, PHOTO_MAX_PX);
    let bitmap = whole;
    if (size.width !== width) {
      bitmap = await createImageBitmap(whole, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "high" });
      whole.close();
    }
    return (await this.#ask({ kind: "photo", bitmap, width, height }, [bitmap])).result;
  }

  /**
   * Features and shipped label probabilities of faces, which `fitPersonal` takes. Starts the worker if need be.
   * @param {ImageBitmap} bitmap given away
   * @param {number[][]} boxes x1, y1, x2, y2 in its pixels
   * @returns {Promise<{features: Float32Array, shipped: number[]}[]>}
   * @throws {DeviceError}
   */
  async classifyCrops(bitmap, boxes) {
    await this.#opened();
    return (await this.#ask({ kind: "crops", bitmap, boxes }, [bitmap])).result;
  }

  /**
   * Fit a visitor's own classifier, in the worker; see personal/fitting.js.
   * @param {import("./personal/cross_validation.js").Example[]} examples in the order in which they were taken
   * @returns {Promise<{personal: import("./personal/personal_classifier.js").Personal, report: object}>}
   * @throws {PersonalError} too few examples; @throws {DeviceError}
   */
  async fitPersonal(examples) {
    await this.#opened();
    const fitted = new Date().toISOString().slice(0, 10);
    const { result, refusal } = await this.#ask({ kind: "fit", examples, fitted }, [], LONG_REPLY_TIMEOUT_MS);
    if (refusal) throw new PersonalError(refusal);
    return result;
  }

  /** Wait for the worker; one that there is not is started for what was asked last. */
  async #opened() {
    if (!this.#ready) await (this.#worker ? this.#opening : this.open(...this.#asked));
  }

  #start() {
    if (this.#worker) return;
    this.#worker = new Worker(new URL("worker.js", import.meta.url));
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    // The worker's script did not load, or something threw outside of a message.
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#fail(new DeviceError(this.#ready ? "crashed" : "no_worker"));
    });
  }

  #ask(message, transfer = [], timeout_ms = REPLY_TIMEOUT_MS) {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#receive({ kind: "failed", id, code: "crashed" }), timeout_ms);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        done(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#worker.postMessage({ ...message, id }, transfer);
    });
  }

  #receive({ kind, id, code, detail, ...answer }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (kind === "failed") waiting?.reject(new DeviceError(code, detail));
    else waiting?.resolve(answer);
  }

  /** While it opens, `open` tells of it; later an event does. */
  #fail(error) {
    if (!this.#worker) return;
    const opened = this.#ready;
    this.close(error);
    if (opened) this.dispatchEvent(new CustomEvent("failed", { detail: error.code ?? "crashed" }));
  }
}
