// A burst of pictures from the camera.

/** So many pictures, so far apart: time to turn the head a little between two of them. */
export const PICTURES = 10;
export const INTERVAL_MS = 700;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes bursts, one at a time. */
export class Burst {
  #running = false;
  #stopped = false;

  get running() {
    return this.#running;
  }

  /**
   * Take pictures until there are enough, or `stop` is called.
   * @param {(number: number) => Promise<boolean>} take takes one, from 1; false: it is there already
   * @returns {Promise<number>} how many came
   */
  async run(take, pictures = PICTURES, interval_ms = INTERVAL_MS) {
    this.#running = true;
    this.#stopped = false;
    let taken = 0;
    try {
      for (let number = 1; number <= pictures && !this.#stopped; number += 1) {
        if (number > 1) await pause(interval_ms);
        if (!this.#stopped && (await take(number))) taken += 1;
      }
    } finally {
      this.#running = false;
    }
    return taken;
  }

  /** End the burst; what was taken stays. */
  stop() {
    this.#stopped = true;
  }
}
