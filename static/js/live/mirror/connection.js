// The Socket.IO connection: sends frames and receives their detections.
import { io } from "../../../vendor/socket.io.esm.min.js";

const REPLY_TIMEOUT_MS = 5000;
const RECONNECT_DELAY_MS = 1000;
const USUAL_SIDE_PX = 640;

/** A connection that reconnects and reports its state. It queues no frames while it is not connected. */
export class Connection {
  #socket;
  #serverStopping = false;
  #open = false;
  #frameSide_px = USUAL_SIDE_PX;

  /** @param {(state: "open"|"lost"|"restarting"|"refused") => void} onState */
  constructor(onState) {
    this.#socket = io({ transports: ["websocket"], autoConnect: false, reconnectionDelay: 500, reconnectionDelayMax: 4000 });
    this.#socket.on("connect", () => {
      this.#serverStopping = false;
      onState("open");
    });
    this.#socket.on("frame_size", ({ longer_side_px }) => (this.#frameSide_px = longer_side_px));
    this.#socket.on("goodbye", () => (this.#serverStopping = true));
    this.#socket.on("connect_error", () => onState(this.#serverStopping ? "restarting" : "refused"));
    this.#socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      onState(this.#serverStopping ? "restarting" : "lost");
      // The client does not reconnect after a disconnect by the server.
      if (reason === "io server disconnect") setTimeout(() => this.#open && this.#socket.connect(), RECONNECT_DELAY_MS);
    });
  }

  /** Connect, and reconnect until `close`. */
  open() {
    this.#open = true;
    this.#socket.connect();
  }

  /** Disconnect. */
  close() {
    this.#open = false;
    this.#socket.disconnect();
  }

  /** Longer side of the frames that the server works with; it scales larger ones down. */
  get frameSide_px() {
    return this.#frameSide_px;
  }

  /** Whether a frame would be sent at once. */
  get ready() {
    return this.#socket.connected && Boolean(this.#socket.io.engine?.transport?.writable);
  }

  /**
   * Send a frame if it can be sent at once.
   * @returns {Promise<object|null>} the server's result; null if there is none (not connected, connection lost, timeout)
   */
  async send(meta, jpeg) {
    if (!this.ready) return null;
    try {
      return await this.#socket.timeout(REPLY_TIMEOUT_MS).volatile.emitWithAck("frame", meta, jpeg);
    } catch {
      return null;
    }
  }
}
