// The form of a new training: what is learnt, how, and the collection that is sent.
import { ApiError } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { receiveFiles } from "../shared/files/drop_zone.js";
import { megabytes } from "../shared/numbers.js";

/** What a training begins with, by task; the server has the same. */
export const DEFAULTS = {
  localizer: { epochs: 8, size_px: 120, copies: 60 },
  classifier: { epochs: 3, size_px: 128, copies: 60 },
};

/** Whether a file is a ZIP, by its name or type. */
export const looksLikeZip = ({ name, type }) => /\.zip$/i.test(name) || /zip/.test(type);

/** Event "sent": a training was accepted. */
export class Choices extends EventTarget {
  #form = byId("choices");
  #config;
  #file = null;
  #request = null;

  constructor(config) {
    super();
    this.#config = config;
    receiveFiles(byId("drop"), ([file]) => this.choose(file));
    this.#form.addEventListener("change", (event) => event.target.name === "task" && this.#taskChanged());
    // A field inside “More” that is out of its range cannot be shown while that is closed.
    this.#form.addEventListener("invalid", () => (this.#form.querySelector("details").open = true), true);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    byId("stop-sending").addEventListener("click", () => this.#request?.abort());
    // Half a collection would be lost: the browser asks before it leaves the page.
    addEventListener("beforeunload", (event) => this.#request && event.preventDefault());
    this.#taskChanged();
  }

  /** Take a collection. @param {File} file */
  choose(file) {
    if (byId("studio").hidden || this.#request) return;
    const tooLarge = file.size > this.#config.maxBytes;
    const isZip = looksLikeZip(file);
    this.#file = tooLarge || !isZip ? null : file;
    this.#say(tooLarge ? `“${file.name}” has ${megabytes(file.size)}. The limit is ${megabytes(this.#config.maxBytes)}: leave some pictures out.` : isZip ? "" : `“${file.name}” is not a ZIP. Export the collection on the page Collect.`);
    byId("chosen").hidden = !this.#file;
    byId("chosen").textContent = this.#file ? `${file.name}, ${megabytes(file.size)}` : "";
    byId("start").disabled = !this.#file;
  }

  #taskChanged() {
    const { task } = this.#form.elements;
    for (const [name, value] of Object.entries(DEFAULTS[task.value])) this.#form.elements[name].value = value;
    for (const option of byId("backbone").options) option.disabled = option.hidden = Boolean(option.dataset.task) && option.dataset.task !== task.value;
    if (byId("backbone").selectedOptions[0]?.disabled) byId("backbone").value = "mobilenetv2";
  }

  async #send() {
    if (!this.#file || this.#request) return;
    const query = new URLSearchParams([...new FormData(this.#form)].filter(([, value]) => typeof value === "string"));
    query.set("name", this.#file.name);
    this.#showSending(true);
    this.#say("");
    try {
      await this.#upload(`${this.#config.url}?${query}`);
      this.#file = null;
      byId("chosen").hidden = true;
      this.dispatchEvent(new Event("sent"));
    } catch (error) {
      if (error.name !== "AbortError") this.#say(error.message);
    }
    this.#request = null;
    this.#showSending(false);
  }

  /** XMLHttpRequest, because fetch reports no upload progress. */
  #upload(url) {
    return new Promise((resolve, reject) => {
      const request = (this.#request = new XMLHttpRequest());
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        byId("sending-bar").value = total ? loaded / total : 0;
      });
      request.addEventListener("load", () => (request.status === 202 ? resolve() : reject(new ApiError(request.responseText, request.status))));
      request.addEventListener("error", () => reject(new ApiError("", 0)));
      request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
      request.open("POST", url);
      request.setRequestHeader("Content-Type", "application/zip");
      request.send(this.#file);
    });
  }

  #showSending(sending) {
    const hadFocus = byId("stop-sending") === document.activeElement;
    byId("sending").hidden = !sending;
    byId("sending-bar").value = 0;
    byId("start").disabled = sending || !this.#file;
    if (sending) byId("stop-sending").focus();
    // It was not sent: it can be sent again.
    else if (hadFocus && this.#file) byId("start").focus();
  }

  #say(sentence) {
    byId("send-error").hidden = !sentence;
    byId("send-error").textContent = sentence;
  }
}
