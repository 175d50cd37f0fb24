// The connection to the server as a detector: its pictures are JPEGs, smaller ones on a slow link.
import { FramePace } from "./frame_pace.js";

const serverTime_ms = (timings) => Object.values(timings).reduce((sum, step_ms) => sum + step_ms, 0);

/** See Detection. */
export class ServerDetector {
  #connection;
  #grabber;
  #pace = new FramePace();

  /** @param {import("./connection.js").Connection} connection @param {import("./frames.js").FrameGrabber} grabber */
  constructor(connection, grabber) {
    this.#connection = connection;
    this.#grabber = grabber;
  }

  open() {
    this.#pace.restart();
    this.#connection.open();
  }

  close() {
    this.#connection.close();
  }

  get ready() {
    return this.#connection.ready;
  }

  /** Whether the link is so slow that frames are smaller than usual. */
  get reduced() {
    return this.#pace.reduced;
  }

  /** How many frames may be under way. */
  get mostInFlight() {
    return this.#pace.frame.mostInFlight;
  }

  async grab(video) {
    const { step, longerSide_px, quality } = this.#pace.frame;
    const { jpeg, ...size } = await this.#grabber.grab(video, Math.min(longerSide_px, this.#connection.frameSide_px), quality);
    return { picture: { jpeg, step }, ...size };
  }

  async send(meta, { jpeg, step }) {
    const sent_ms = performance.now();
    const result = await this.#connection.send(meta, jpeg);
    // A dropped frame says nothing of the link: it waited at the server. One without any answer came too late.
    if (result?.timings) this.#pace.reply(step, performance.now() - sent_ms, serverTime_ms(result.timings));
    else if (result === null && this.#connection.ready) this.#pace.reply(step, performance.now() - sent_ms, 0);
    return result;
  }
}
