// Where the mirror's frames are detected: on the server, or on this device. One interface for both; the mirror does not
// know which one it has.
import { Places } from "../../device/places.js";
import { ServerTrouble } from "../../device/server_trouble.js";

const WATCH_MS = 500;

/**
 * Detects faces in frames.
 * @typedef {{ready: boolean, mostInFlight?: number, reduced?: boolean, grab: (video: HTMLVideoElement) => Promise<object>, send: (meta: object, picture: any) => Promise<object|null>}} Detector
 */
export class Detection extends Places {
  #connection;
  #connectionState = "connecting";
  #device;
  #open = false;
  #watch = new ServerTrouble();
  #watching = null;

  /**
   * @param {{open: () => void, close: () => void} & Detector | null} connection null on a site without a server
   * @param {import("../../device/device_detector.js").DeviceDetector} device
   */
  constructor(connection, device) {
    super(device, "stream", connection !== null);
    this.#connection = connection;
    this.#device = device;
  }

  /** "open" where frames are detected, else why they are not: a state of the connection, "loading" or "failed". */
  get state() {
    if (this.place === "server") return this.loading && this.#connectionState !== "open" ? "loading" : this.#connectionState;
    if (this.#device.ready) return "open";
    return this.loading || !this.#open ? "loading" : "failed";
  }

  /** Start at the place chosen last. @param {import("../../device/places.js").Models} models */
  open(models) {
    this.#open = true;
    if (this.place === "device") this.choose("device", models);
    else this.#openConnection();
  }

  /** Stop. The device keeps its models in memory, so that it starts at once the next time. */
  close() {
    this.#open = false;
    // Who has chosen the device sends nothing to a server, although its models were not there yet: `open` chooses it again.
    if (this.loading) this.change({ place: "device" });
    this.cancel();
    this.#closeConnection();
    this.change({ message: null, trouble: null });
  }

  /** The connection's state changed. */
  connectionChanged(state) {
    this.#connectionState = state;
    this.#watch.connection(state, performance.now());
    this.dispatchEvent(new Event("change"));
  }

  get ready() {
    return this.#open && this.#detector.ready;
  }

  /** How many frames may be under way; undefined where the detector sets no limit. */
  get mostInFlight() {
    return this.#detector.mostInFlight;
  }

  async grab(video) {
    const { place } = this;
    const { picture, ...size } = await this.#detector.grab(video);
    return { picture: { place, content: picture }, ...size };
  }

  async send(meta, { place, content }) {
    // The place was left while the picture was made for it.
    if (place !== this.place) return null;
    const sent_ms = performance.now();
    const result = await this.#detector.send(meta, content);
    const now_ms = performance.now();
    if (place === "server" && result) this.#watch.reply(result, now_ms - sent_ms, now_ms);
    // A late reply of the place that was left has boxes of another stream.
    return place === this.place ? result : null;
  }

  moved() {
    if (this.place === "device") {
      this.#device.restart();
      this.#closeConnection();
    } else if (this.#open) this.#openConnection();
  }

  get #detector() {
    return this.place === "server" ? this.#connection : this.#device;
  }

  #trouble() {
    const kind = this.#watch.kind(performance.now());
    return kind !== "gone" && kind !== "busy" && this.#connection.reduced ? "link" : kind;
  }

  #openConnection() {
    this.#connection.open();
    clearInterval(this.#watching);
    this.#watching = setInterval(() => this.change({ trouble: this.#trouble() }), WATCH_MS);
  }

  #closeConnection() {
    clearInterval(this.#watching);
    this.#connection?.close();
    this.#connectionState = "connecting";
    this.#watch.connection("connecting", performance.now());
  }
}
