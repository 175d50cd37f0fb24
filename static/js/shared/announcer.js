// Announces changes to screen readers, at a limited rate.

/** Writes into an aria-live element: changes only, the newest text, at most once in each interval. */
export class Announcer {
  #element;
  #interval_ms;
  #announced = "";
  #newest = "";
  #timer = null;

  constructor(element, interval_ms = 4000) {
    this.#element = element;
    this.#interval_ms = interval_ms;
  }

  /** Announce a text at the next opportunity, unless a newer one replaces it or it was announced last. */
  announce(text) {
    this.#newest = text;
    if (this.#timer === null) this.#write();
  }

  #write() {
    this.#timer = null;
    if (this.#newest === this.#announced) return;
    this.#announced = this.#newest;
    this.#element.textContent = this.#announced;
    this.#timer = setTimeout(() => this.#write(), this.#interval_ms);
  }
}
