// One frame is processed and one waits, the newest. Pure; webapp/live/frame_queue.py for one client.

/** Runs one task at a time; of those that come meanwhile only the newest waits, and each older one is dropped. */
export class Turnstile {
  #busy = false;
  #waiting = null;

  /** Run a task when its turn comes. @returns {Promise<any>} its result, or null where a newer one took its place */
  async pass(task) {
    if (this.#busy) {
      this.#waiting?.(false);
      const entered = await new Promise((resolve) => (this.#waiting = resolve));
      if (!entered) return null;
    }
    this.#busy = true;
    try {
      return await task();
    } finally {
      this.#busy = false;
      const next = this.#waiting;
      this.#waiting = null;
      // The next one enters before any newcomer: it takes over at once.
      if (next) {
        this.#busy = true;
        next(true);
      }
    }
  }
}
