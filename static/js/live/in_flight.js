// A limited number of frames in flight. A frame beyond the limit is skipped, not queued: the next one is newer.

/** Assigns sequence numbers up to the limit, and tells new results from outdated ones. */
export class InFlight {
  #limit;
  #open = new Set();
  #last = 0;
  #shown = 0;

  constructor(limit) {
    this.#limit = limit;
  }

  /** A new sequence number, or null when the limit is reached. */
  begin() {
    if (this.#open.size >= this.#limit) return null;
    this.#last += 1;
    this.#open.add(this.#last);
    return this.#last;
  }

  /** The frame has a result, was dropped or was lost: it no longer counts. */
  end(seq) {
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
}
