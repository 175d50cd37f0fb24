// A film that is being sent, on the page.
import { fromTemplate } from "../shared/elements.js";
import { filmLength } from "./video_duration.js";
import { filmRefusal, lengthRefusal } from "./job_text.js";
import { upload } from "./upload.js";
import { megabytes, percent } from "../shared/text.js";

/** A card for one file; `send` brings it to the server. */
export class UploadCard {
  #file;
  #config;
  #card = fromTemplate("upload-card");
  #cancel = new AbortController();

  /** @param {File} file @param {object} config @param {() => void} onAgain the visitor wants it sent once more */
  constructor(file, config, onAgain) {
    this.#file = file;
    this.#config = config;
    const { name, remove, again } = this.#card.parts;
    name.textContent = file.name;
    again.addEventListener("click", onAgain);
    again.setAttribute("aria-label", `Try again: ${file.name}`);
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
    if (this.#cancel.signal.aborted) return false;
    this.#show("sending", "Waiting to be sent");
    try {
      const reason = filmRefusal(this.#file, this.#config.videoMaxBytes) ?? lengthRefusal(await filmLength(this.#file), this.#config.videoMaxS);
      if (reason) throw new Error(reason);
      if (this.#cancel.signal.aborted) return false;
      await upload(this.#config.videosUrl, this.#file, (share) => this.#progress(share), this.#cancel.signal);
      this.root.remove();
      return true;
    } catch (error) {
      this.#show("failed", error.message, error.passing);
      return false;
    }
  }

  #show(state, sentence, passing = false) {
    const { line, bar, remove, again } = this.#card.parts;
    const failed = state === "failed";
    this.root.dataset.state = state;
    line.textContent = sentence;
    bar.value = 0;
    bar.hidden = failed;
    again.hidden = !passing;
    remove.textContent = failed ? "Remove" : "Cancel";
  }

  #progress(share) {
    const { line, bar } = this.#card.parts;
    bar.value = share;
    line.textContent = `Sending: ${percent(Math.min(share, 0.99))} of ${megabytes(this.#file.size)}`;
  }
}
