// A bounded number of frames under way. A frame that finds no room is not kept: the next one is newer.

/** Hands out sequence numbers while there is room, and knows which answers are news. */
export class Flight {
  #limit;
  #open = new Set();
  #last = 0;
  #shown = 0;

  constructor(limit) {
    this.#limit = limit;
  }

  /** A new sequence number, or null when enough frames are under way. */
  begin() {
    if (this.#open.size >= this.#limit) return null;
    this.#last += 1;
    this.#open.add(this.#last);
    return this.#last;
  }

  /** The frame is answered, dropped or lost: its room is free. */
  end(seq) {
    this.#open.delete(seq);
  }

  /** Whether this answer is newer than any shown before; from now on it counts as shown. */
  isNews(seq) {
    if (seq <= this.#shown) return false;
    this.#shown = seq;
    return true;
  }

  /** How many frames are under way. */
  get size() {
    return this.#open.size;
  }
}
