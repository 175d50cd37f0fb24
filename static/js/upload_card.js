// A film that is being sent, on the page.
import { fromTemplate } from "./elements.js";
import { filmRefusal } from "./film_words.js";
import { upload } from "./upload.js";
import { megabytes, percent } from "./words.js";

/** A card for one file; `send` brings it to the server. */
export class UploadCard {
  #file;
  #config;
  #card = fromTemplate("upload-card");
  #cancel = new AbortController();

  constructor(file, config) {
    this.#file = file;
    this.#config = config;
    const { name, remove } = this.#card.parts;
    name.textContent = file.name;
    remove.addEventListener("click", () => {
      this.#cancel.abort();
      this.root.remove();
    });
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Send the film; true when the server has it. What went wrong stands on the card. */
  async send() {
    const { line, bar, remove } = this.#card.parts;
    if (this.#cancel.signal.aborted) return false;
    try {
      const reason = filmRefusal(this.#file, this.#config.videoMaxBytes);
      if (reason) throw new Error(reason);
      await upload(this.#config.videosUrl, this.#file, (share) => this.#progress(share), this.#cancel.signal);
      this.root.remove();
      return true;
    } catch (error) {
      this.root.dataset.state = "failed";
      line.textContent = error.message;
      bar.hidden = true;
      remove.textContent = "Remove";
      return false;
    }
  }

  #progress(share) {
    const { line, bar } = this.#card.parts;
    bar.value = share;
    line.textContent = `Sending: ${percent(Math.min(share, 0.99))} of ${megabytes(this.#file.size)}`;
  }
}
