// The two places of detection, on the server and on this device, and the way from one to the other.
import { failureText, NO_ROOM_TEXT } from "./failures.js";

/**
 * Further models that the visitor chose, and a visitor's own classifier.
 * @typedef {{classifier: boolean, wide: boolean, personal?: import("./personal/personal_classifier.js").Personal | null}} Models
 */

/** Event: "change", a property has another value. Subclasses say what happens with a move. */
export class Places extends EventTarget {
  /** "server" or "device". */
  place;
  /** Whether the models are being loaded; until then the server goes on. */
  loading = false;
  /** A sentence about a change that the visitor did not choose, or null. */
  message = null;
  /** What is wrong with the server: a key of TROUBLE_TEXT, or null. */
  trouble = null;
  /** The `model` object of the device's responses, once it has been opened. */
  model = null;
  #device;
  #purpose;
  #hasServer;
  #choice = 0;

  /**
   * @param {import("./device_detector.js").DeviceDetector} device
   * @param {"stream" | "photo"} purpose
   * @param {boolean} hasServer
   */
  constructor(device, purpose, hasServer) {
    super();
    this.#device = device;
    this.#purpose = purpose;
    this.#hasServer = hasServer;
    this.place = hasServer ? "server" : "device";
    device.addEventListener("failed", ({ detail }) => this.#deviceFailed(detail));
  }

  /**
   * Detect at another place from now on. Until the device is ready, the server goes on.
   * @param {Models} [models]
   * @returns {Promise<boolean>} whether it is so now
   */
  async choose(place, models = { classifier: false, wide: false }) {
    const choice = (this.#choice += 1);
    if (place === "server") {
      this.change({ place, loading: false, message: null });
      this.moved();
      return true;
    }
    this.change({ loading: true, message: null });
    try {
      const { model, noRoom } = await this.#device.open(this.#purpose, models);
      if (choice !== this.#choice) return false;
      this.change({ place, model, loading: false, trouble: null, message: noRoom ? NO_ROOM_TEXT : null });
      this.moved();
      return true;
    } catch (error) {
      if (choice === this.#choice) this.#deviceFailed(error.code);
      return false;
    }
  }

  /** A choice whose models are still being loaded has no effect. */
  cancel() {
    this.#choice += 1;
    this.change({ loading: false });
  }

  /** Called after each move, with `place` as it is now. */
  moved() {}

  /** Set properties; tells if one has another value. */
  change(values) {
    const changed = Object.keys(values).some((name) => this[name] !== values[name]);
    Object.assign(this, values);
    if (changed) this.dispatchEvent(new Event("change"));
  }

  #deviceFailed(code) {
    const back = this.#hasServer && this.place === "device";
    this.change({ loading: false, message: failureText(code, this.#hasServer), ...(back && { place: "server" }) });
    if (back) this.moved();
  }
}
