// The connection to the server: a frame out, its faces back.
import { io } from "../../vendor/socket.io.esm.min.js";

const ANSWER_MS = 5000;
const SENT_AWAY_MS = 1000;

/** Keeps itself connected and says so; queues nothing while it is not. */
export class Connection {
  #socket;
  #goodbye = false;

  /** @param {(state: "open"|"lost"|"restarting"|"refused") => void} onState */
  constructor(onState) {
    this.#socket = io({ transports: ["websocket"], autoConnect: false, reconnectionDelay: 500, reconnectionDelayMax: 4000 });
    this.#socket.on("connect", () => {
      this.#goodbye = false;
      onState("open");
    });
    this.#socket.on("goodbye", () => (this.#goodbye = true));
    this.#socket.on("connect_error", () => onState(this.#goodbye ? "restarting" : "refused"));
    this.#socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      onState(this.#goodbye ? "restarting" : "lost");
      // The client's own retries leave this one case out.
      if (reason === "io server disconnect") setTimeout(() => this.#wanted && this.#socket.connect(), SENT_AWAY_MS);
    });
  }

  #wanted = false;

  /** Connect, and stay so. */
  open() {
    this.#wanted = true;
    this.#socket.connect();
  }

  /** Leave. */
  close() {
    this.#wanted = false;
    this.#socket.disconnect();
  }

  /** Whether a frame would leave at once. */
  get ready() {
    return this.#socket.connected && Boolean(this.#socket.io.engine?.transport?.writable);
  }

  /**
   * Send a frame if it can leave at once.
   * @returns {Promise<object|null>} the answer; null when there is none (not connected, lost, too late)
   */
  async send(meta, jpeg) {
    if (!this.ready) return null;
    try {
      return await this.#socket.timeout(ANSWER_MS).volatile.emitWithAck("frame", meta, jpeg);
    } catch {
      return null;
    }
  }
}
