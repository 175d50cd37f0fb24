// Shows the verdict over the picture, and its sentence to screen readers.
import { pills } from "../shared/faces/verdict_pills.js";

/** Writes a verdict into its elements; unchanged ones are left alone. */
export class VerdictView {
  #root;
  #picture;
  #sentence;
  #shown = "";

  /** @param {HTMLElement} root gets the tone @param {HTMLElement} picture over the picture @param {HTMLElement} sentence hidden text */
  constructor(root, picture, sentence) {
    this.#root = root;
    this.#picture = picture;
    this.#sentence = sentence;
  }

  /** Show a verdict (see verdict.js); returns whether its sentence changed. */
  show(verdict) {
    const shown = JSON.stringify(verdict);
    if (shown === this.#shown) return false;
    this.#shown = shown;
    const { tone = "", parts = [], sentence = "" } = verdict ?? {};
    this.#root.dataset.tone = this.#picture.dataset.tone = tone;
    this.#picture.dataset.parts = parts.length;
    this.#picture.hidden = parts.length === 0;
    this.#picture.replaceChildren(...pills(parts));
    const changed = this.#sentence.textContent !== sentence;
    this.#sentence.textContent = sentence;
    return changed;
  }
}
