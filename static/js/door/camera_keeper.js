// Keeps a camera running: one that is unplugged, in use or stuck is opened again until it works.
import { closeStream, openCamera } from "../shared/camera/camera.js";

/** What may work at another time; the rest needs the visitor. */
const RETRIED = new Set(["missing", "busy", "ended", "failed"]);
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30_000;
/** A camera that gives no frame for so long is stuck. */
const STUCK_MS = 10_000;

/** Events: "state", detail: "asking", "live", "idle" or the state of a failure (see camera_states.js). */
export class CameraKeeper extends EventTarget {
  stream = null;
  state = "idle";
  #open;
  #deviceId = "";
  #attempt = 0;
  #wait_ms = FIRST_WAIT_MS;
  #retryAt_ms = Infinity;
  #frameAt_ms = 0;
  #steady = false;
  #now;

  /** @param {typeof openCamera} open @param {() => number} now time in milliseconds */
  constructor(open = openCamera, now = () => performance.now()) {
    super();
    this.#open = open;
    this.#now = now;
  }

  /** Whether a failed camera is opened again without the visitor. */
  get retries() {
    return RETRIED.has(this.state);
  }

  /** Open a camera, and keep it open until `stop`. @param {{again: boolean}} options again: a failed one, whose state stays until it works */
  async start(deviceId, { again = false } = {}) {
    this.#close();
    this.#deviceId = deviceId;
    this.#retryAt_ms = Infinity;
    const attempt = this.#attempt;
    if (!again) this.#become("asking");
    let stream;
    try {
      stream = await this.#open({ deviceId });
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(error.state ?? "failed");
      return;
    }
    // Stopped, or started anew, while the browser was opening this one.
    if (attempt !== this.#attempt) {
      closeStream(stream);
      return;
    }
    this.stream = stream;
    this.#steady = false;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.stream === stream && this.#fail("ended"));
    this.#frameAt_ms = this.#now();
    this.#become("live");
  }

  stop() {
    this.#close();
    this.#retryAt_ms = Infinity;
    this.#wait_ms = FIRST_WAIT_MS;
    this.#become("idle");
  }

  /** The camera has given a frame. */
  frame() {
    this.#frameAt_ms = this.#now();
    if (!this.#steady) this.#wait_ms = FIRST_WAIT_MS;
    this.#steady = true;
  }

  /** To be called about once a second. @param {boolean} visible a hidden page gets no frames, and its camera is not stuck */
  tick(visible) {
    const now_ms = this.#now();
    if (!visible) this.#frameAt_ms = now_ms;
    if (this.state === "live" && now_ms - this.#frameAt_ms > STUCK_MS) this.#fail("ended");
    if (now_ms >= this.#retryAt_ms) this.start(this.#deviceId, { again: true });
  }

  /** Cameras were connected or allowed: one that failed is tried at once. */
  retryNow() {
    if (this.retries || this.state === "denied") this.start(this.#deviceId, { again: true });
  }

  #close() {
    this.#attempt += 1;
    closeStream(this.stream);
    this.stream = null;
  }

  #fail(state) {
    this.#close();
    if (RETRIED.has(state)) {
      this.#retryAt_ms = this.#now() + this.#wait_ms;
      this.#wait_ms = Math.min(2 * this.#wait_ms, LONGEST_WAIT_MS);
    }
    // A camera that was chosen and is gone: any other is better than none.
    if (state === "missing") this.#deviceId = "";
    this.#become(state);
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
