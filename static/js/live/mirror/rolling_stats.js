// Rate and mean over a rolling time window. Pure: the caller passes the time.

/** Events within the window: their rate, and the mean of their values. */
export class RollingStats {
  #window_ms;
  #entries = [];

  constructor(window_ms = 2000) {
    this.#window_ms = window_ms;
  }

  /** Add an event with a value. */
  add(now_ms, value = 0) {
    this.#entries.push([now_ms, value]);
    this.#trim(now_ms);
  }

  /** Events per second. */
  rate(now_ms) {
    this.#trim(now_ms);
    return (this.#entries.length * 1000) / this.#window_ms;
  }

  /** Mean of the values, or null without any. */
  mean(now_ms) {
    this.#trim(now_ms);
    if (this.#entries.length === 0) return null;
    return this.#entries.reduce((sum, [, value]) => sum + value, 0) / this.#entries.length;
  }

  #trim(now_ms) {
    while (this.#entries.length && this.#entries[0][0] < now_ms - this.#window_ms) this.#entries.shift();
  }
}
