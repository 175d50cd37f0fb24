// Announces texts to screen readers once they stay the same for a while, so that a flickering state is not read out.

/** Writes into an aria-live element; the same text is not announced twice in a row. */
export class Announcer {
  #element;
  #stable_ms;
  #announced = "";
  #newest = "";
  #timer = null;

  constructor(element, stable_ms = 2000) {
    this.#element = element;
    this.#stable_ms = stable_ms;
  }

  /** Announce a text once it has been the newest for `stable_ms`. */
  announce(text) {
    if (text === this.#newest && this.#timer !== null) return;
    this.#newest = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.announceNow(this.#newest), this.#stable_ms);
  }

  /** Announce a text at once: the answer to what the visitor has just done. */
  announceNow(text) {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#newest = text;
    if (text === this.#announced) return;
    this.#announced = text;
    this.#element.textContent = text;
  }
}
