// A deletion that can be undone for a few seconds.

const UNDO_MS = 5000;

/** Replaces the content of a card by a sentence and “Undo”; then, or when the page is left, deletes. */
export class UndoableDeletion {
  #root;
  #parts;
  #act;
  #timer = null;

  /** @param {{root: HTMLElement, parts: object}} card with the parts undo, undoText, undoButton and remove @param {() => void} act deletes */
  constructor({ root, parts }, text, act) {
    this.#root = root;
    this.#parts = parts;
    this.#act = act;
    parts.undoText.textContent = text;
    parts.undoButton.addEventListener("click", () => this.cancel());
    addEventListener("pagehide", () => this.#timer !== null && this.#finish());
  }

  /** Delete in five seconds. */
  start() {
    this.#parts.video.pause();
    this.#root.dataset.deleting = "";
    this.#parts.undo.hidden = false;
    this.#parts.undoButton.focus();
    this.#timer = setTimeout(() => this.#finish(), UNDO_MS);
  }

  /** Show the card again; nothing is deleted. */
  cancel() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const hadFocus = this.#parts.undo.contains(document.activeElement);
    delete this.#root.dataset.deleting;
    this.#parts.undo.hidden = true;
    if (hadFocus) this.#parts.remove.focus();
  }

  #finish() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#act();
  }
}
