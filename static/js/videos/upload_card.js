// The card of a video during its upload.
import { fromTemplate } from "../shared/dom.js";
import { megabytes, percent } from "../shared/text.js";
import { durationRejection, sizeRejection } from "./job_text.js";
import { upload } from "./upload.js";
import { videoDuration } from "./video_duration.js";

/** A card for one file; `send` uploads it. */
export class UploadCard {
  #file;
  #config;
  #card = fromTemplate("upload-card");
  #cancel = new AbortController();

  /** @param {File} file @param {object} config @param {() => void} onRetry called when the visitor chooses “Try again” */
  constructor(file, config, onRetry) {
    this.#file = file;
    this.#config = config;
    const { name, remove, retry } = this.#card.parts;
    name.textContent = file.name;
    retry.addEventListener("click", onRetry);
    retry.setAttribute("aria-label", `Try again: ${file.name}`);
    remove.addEventListener("click", () => {
      this.#cancel.abort();
      this.root.remove();
    });
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Upload the video; returns whether the server has received it. On failure the card shows the error. */
  async send() {
    if (this.#cancel.signal.aborted) return false;
    this.#show("sending", "Waiting for the upload");
    try {
      const reason = sizeRejection(this.#file, this.#config.videoMaxBytes) ?? durationRejection(await videoDuration(this.#file), this.#config.videoMaxS);
      if (reason) throw new Error(reason);
      if (this.#cancel.signal.aborted) return false;
      await upload(this.#config.videosUrl, this.#file, (fraction) => this.#showProgress(fraction), this.#cancel.signal);
      this.root.remove();
      return true;
    } catch (error) {
      this.#show("failed", error.message, error.retryable);
      return false;
    }
  }

  #show(state, text, retryable = false) {
    const { status, bar, remove, retry } = this.#card.parts;
    const failed = state === "failed";
    this.root.dataset.state = state;
    status.textContent = text;
    bar.value = 0;
    bar.hidden = failed;
    retry.hidden = !retryable;
    remove.textContent = failed ? "Remove" : "Cancel";
  }

  #showProgress(fraction) {
    const { status, bar } = this.#card.parts;
    bar.value = fraction;
    status.textContent = `Uploading: ${percent(Math.min(fraction, 0.99))} of ${megabytes(this.#file.size)}`;
  }
}
