// A limited number of frames in flight. A frame beyond the limit is skipped, not queued: the next one is newer.
import { RollingStats } from "./rolling_stats.js";

const FEWEST = 2;
const MOST = 4;
const RECENT_TRIPS = 20;

/**
 * Assigns sequence numbers up to the limit, and tells new results from outdated ones.
 *
 * The limit follows the round trip: as many frames as the camera gives in it, and one more. More of them would only
 * wait on the server. The shortest of the recent round trips counts, since in the others frames have waited there.
 */
export class InFlight {
  #open = new Map();
  #cameraFrames = new RollingStats();
  #trips_ms = [];
  #last = 0;
  #shown = 0;

  /** A new sequence number, or null when the limit (or `most`) is reached; to be called for every frame of the camera. */
  begin(now_ms = performance.now(), most = MOST) {
    this.#cameraFrames.add(now_ms);
    if (this.#open.size >= Math.min(most, this.limit(now_ms))) return null;
    this.#last += 1;
    this.#open.set(this.#last, now_ms);
    return this.#last;
  }

  /** The frame has a result, was dropped or was lost: it no longer counts. */
  end(seq, now_ms = performance.now()) {
    if (!this.#open.has(seq)) return;
    this.#trips_ms.push(now_ms - this.#open.get(seq));
    if (this.#trips_ms.length > RECENT_TRIPS) this.#trips_ms.shift();
    this.#open.delete(seq);
  }

  /** Whether a result is newer than all shown before; if so, it counts as shown. */
  isNewest(seq) {
    if (seq <= this.#shown) return false;
    this.#shown = seq;
    return true;
  }

  /** The number of frames in flight. */
  get size() {
    return this.#open.size;
  }

  /** The largest number of frames in flight. */
  limit(now_ms) {
    const trip_s = this.#trips_ms.length ? Math.min(...this.#trips_ms) / 1000 : 0;
    return Math.min(MOST, Math.max(FEWEST, Math.ceil(trip_s * this.#cameraFrames.rate(now_ms)) + 1));
  }
}
