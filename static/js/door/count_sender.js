// Posts the counts of finished minutes to the page's own server, which forwards them, where its settings say so.
import { requestJson } from "../shared/api.js";
import { STATE_NAMES } from "../shared/faces/face_states.js";
import { remember, remembered } from "../shared/storage/remembered.js";
import { minuteOf } from "./count_store.js";

const SENT = "door-sent";
const ID = "door-id";
const MINUTE_MS = 60_000;
/** A minute is finished so long after its end: its last faces are written by then. */
const GRACE_MS = 5000;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 15 * MINUTE_MS;
/** What could not be sent for so long is left out; it stays on this device. */
const OLDEST_MS = 7 * 24 * 60 * MINUTE_MS;

/** A random number that tells this door from others, made once in this browser. */
function doorId() {
  const known = remembered(ID, "");
  const id = known || crypto.randomUUID().slice(0, 8);
  if (!known) remember(ID, id);
  return id;
}

/** Sends each minute once it has been counted, the oldest first, until the server has taken it. */
export class CountSender {
  /** Why nothing is sent at the moment, or null. */
  problem = null;
  #url;
  #store;
  #request;
  #busy = false;
  #wait_ms = FIRST_WAIT_MS;
  #notBefore_ms = 0;
  /** Where the browser keeps nothing, it holds as long as the page. */
  #sent = 0;

  /**
   * @param {string} url "" to send nothing
   * @param {import("./count_store.js").CountStore} store
   * @param {typeof requestJson} request
   */
  constructor(url, store, request = requestJson) {
    this.#url = url;
    this.#store = store;
    this.#request = request;
  }

  /** To be called every now and then: sends what is due. */
  async tick(time_ms) {
    if (!this.#url || this.#busy || time_ms < this.#notBefore_ms) return;
    this.#busy = true;
    try {
      const from = Math.max(this.#sent, remembered(SENT, 0), minuteOf(time_ms - OLDEST_MS)) + 1;
      for (const row of await this.#store.rows(from, minuteOf(time_ms - GRACE_MS))) {
        await this.#post(row);
        remember(SENT, (this.#sent = row.minute));
      }
      this.problem = null;
      this.#wait_ms = FIRST_WAIT_MS;
      this.#notBefore_ms = time_ms + FIRST_WAIT_MS;
    } catch (error) {
      this.problem = error.message;
      this.#notBefore_ms = time_ms + this.#wait_ms;
      this.#wait_ms = Math.min(2 * this.#wait_ms, LONGEST_WAIT_MS);
    } finally {
      this.#busy = false;
    }
  }

  async #post(row) {
    const counts = Object.fromEntries(STATE_NAMES.map((state) => [state, row[state]]));
    const body = JSON.stringify({ door: doorId(), minute: new Date(row.minute * MINUTE_MS).toISOString().replace(".000", ""), counts });
    await this.#request(this.#url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }
}
