// The same picture by the shipped model and by the visitor's own, side by side.
import { ApiError, requestJson } from "../shared/api.js";
import { withStates } from "../shared/faces/certainty.js";
import { summary } from "../shared/faces/text.js";

/** Lets the visitor choose a picture and shows what both models find in it. */
export class Comparison {
  #parts;
  #url;
  #id;
  #addresses = [];
  #choice = 0;

  /** @param {Record<string, HTMLElement>} parts of a card @param {string} detectUrl @param {string} id of the training */
  constructor(parts, detectUrl, id) {
    this.#parts = parts;
    this.#url = detectUrl;
    this.#id = id;
    parts.comparisonFile.addEventListener("change", () => {
      const [file] = parts.comparisonFile.files;
      parts.comparisonFile.value = "";
      if (file) this.show(file);
    });
  }

  /** Ask both models; of pictures that are chosen one after the other only the newest is shown. @param {File} file */
  async show(file) {
    const choice = (this.#choice += 1);
    this.#parts.comparisonStatus.textContent = "Both models see the picture…";
    try {
      const [before, after] = await Promise.all([this.#ask(file, "shipped"), this.#ask(file, this.#id)]);
      if (choice !== this.#choice) return;
      this.#addresses.forEach((address) => URL.revokeObjectURL(address));
      this.#addresses = [before, after].map(({ picture }) => URL.createObjectURL(picture));
      [["before", before], ["after", after]].forEach(([name, { text }], i) => {
        this.#parts[`${name}Picture`].src = this.#addresses[i];
        this.#parts[`${name}Picture`].alt = text;
        this.#parts[`${name}Text`].textContent = text;
      });
      this.#parts.pair.hidden = false;
      this.#parts.comparisonStatus.textContent = `Before: ${before.text}. After: ${after.text}.`;
    } catch (error) {
      if (choice === this.#choice) this.#parts.comparisonStatus.textContent = error.message;
    }
  }

  async #ask(file, model) {
    const post = { method: "POST", body: file, headers: { "Content-Type": file.type } };
    const { faces } = await requestJson(`${this.#url}?model=${model}`, post);
    const response = await fetch(`${this.#url}?model=${model}&annotate=1`, post);
    if (!response.ok) throw new ApiError(await response.text(), response.status);
    return { picture: await response.blob(), text: summary(withStates(faces)) };
  }
}
