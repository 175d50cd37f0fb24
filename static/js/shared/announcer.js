// Tells a screen reader what the picture shows, without talking all the time.

/** Writes into an aria-live element: only changes, at most once in a while, always the newest. */
export class Announcer {
  #element;
  #pause_ms;
  #said = "";
  #wanted = "";
  #timer = null;

  constructor(element, pause_ms = 4000) {
    this.#element = element;
    this.#pause_ms = pause_ms;
  }

  /** Say this soon, unless something newer comes first or it was just said. */
  say(text) {
    this.#wanted = text;
    if (this.#timer === null) this.#speak();
  }

  #speak() {
    this.#timer = null;
    if (this.#wanted === this.#said) return;
    this.#said = this.#wanted;
    this.#element.textContent = this.#said;
    this.#timer = setTimeout(() => this.#speak(), this.#pause_ms);
  }
}
