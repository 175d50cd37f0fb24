// The card of a video during its upload.
import { fromTemplate } from "../shared/dom.js";
import { megabytes, percent } from "../shared/numbers.js";
import { durationRejection, sizeRejection } from "./job_text.js";
import { ResumableUpload } from "./upload.js";
import { videoDuration } from "./video_duration.js";

/** A card for one file; `send` uploads it. */
export class UploadCard {
  #file;
  #config;
  #actions;
  #card = fromTemplate("upload-card");
  #upload = null;
  #cancelled = false;
  #inTrouble = false;

  /** The id of the video at the server, null before it knows this one. */
  jobId = null;

  /**
   * @param {File} file
   * @param {object} config
   * @param {{onRetry: () => void, onRemoved: () => void, onTrouble: (text: string) => void}} actions what the visitor chooses, and what happens
   */
  constructor(file, config, actions) {
    this.#file = file;
    this.#config = config;
    this.#actions = actions;
    const { name, remove, retry } = this.#card.parts;
    name.textContent = file.name;
    retry.addEventListener("click", actions.onRetry);
    retry.setAttribute("aria-label", `Try again: ${file.name}`);
    remove.addEventListener("click", () => {
      this.#cancelled = true;
      this.#upload?.cancel();
      actions.onRemoved();
    });
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Whether leaving the page would interrupt the upload: it waits or is being sent. */
  get isSending() {
    return this.root.isConnected && this.root.dataset.state === "sending";
  }

  /** Upload the video; returns whether the server has received it. On failure the card shows the error. */
  async send() {
    if (this.#cancelled) return false;
    this.#show("sending", "Waiting for the upload");
    try {
      const reason = sizeRejection(this.#file, this.#config.videoMaxBytes) ?? durationRejection(await videoDuration(this.#file), this.#config.videoMaxS);
      if (reason) throw new Error(reason);
      if (this.#cancelled) return false;
      this.#upload ??= new ResumableUpload(this.#file, this.#config.uploadsUrl, {
        onBegun: (id) => (this.jobId = id),
        onProgress: (fraction) => this.#showProgress(fraction),
        onTrouble: () => this.#showTrouble(),
      });
      return await this.#upload.send();
    } catch (error) {
      this.#show("failed", error.message, error.retryable);
      return false;
    }
  }

  #show(state, text, retryable = false) {
    const { status, bar, remove, retry, stay } = this.#card.parts;
    const failed = state === "failed";
    this.root.dataset.state = state;
    status.textContent = text;
    bar.value = 0;
    bar.hidden = stay.hidden = failed;
    retry.hidden = !retryable;
    remove.textContent = failed ? "Remove" : "Cancel";
  }

  #showProgress(fraction) {
    const { status, bar } = this.#card.parts;
    this.#inTrouble = false;
    bar.hidden = false;
    bar.value = fraction;
    status.textContent = `Uploading: ${percent(Math.min(fraction, 0.99))} of ${megabytes(this.#file.size)}`;
  }

  #showTrouble() {
    const { status, bar } = this.#card.parts;
    const text = "The server cannot be reached. The upload goes on by itself as soon as it can.";
    status.textContent = text;
    bar.hidden = true; // it counted what lay in the browser's buffers, too
    if (!this.#inTrouble) this.#actions.onTrouble(text);
    this.#inTrouble = true;
  }
}
