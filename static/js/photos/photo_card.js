// The card of one photo: waiting, failed, or done, with its picture and a table of its faces.
import { withStates } from "../shared/faces/certainty.js";
import { fromTemplate } from "../shared/dom.js";
import { download } from "../shared/files/download.js";
import { annotatedPng } from "../shared/faces/snapshot.js";
import { summary, verdictParts } from "../shared/faces/text.js";
import { pills } from "../shared/faces/verdict_pills.js";
import { CANVAS_MAX_PX, sendable, upright } from "./decode.js";
import { FaceTable } from "./face_table.js";
import { PhotoView } from "./photo_view.js";
import { numbered } from "./reading_order.js";

/** A card for one file. */
export class PhotoCard {
  #file;
  #config;
  #detection;
  #card = fromTemplate("photo-card");
  #view;
  #table;
  #blob = null;
  #result = null;
  #shown = null;
  #zoomed = null;

  /**
   * @param {File} file
   * @param {object} config
   * @param {import("./photo_detection.js").PhotoDetection} detection
   * @param {{onRetry: () => void, onRemoved: () => void}} actions what the visitor chooses
   */
  constructor(file, config, detection, { onRetry, onRemoved }) {
    this.#file = file;
    this.#config = config;
    this.#detection = detection;
    const { name, remove, retry, canvas, overlay, table, whole, png, json } = this.#card.parts;
    name.textContent = file.name;
    retry.addEventListener("click", onRetry);
    retry.setAttribute("aria-label", `Try again: ${file.name}`);
    remove.addEventListener("click", onRemoved);
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    this.#view = new PhotoView(canvas, overlay);
    this.#table = new FaceTable(table);
    this.#view.addEventListener("point", ({ detail }) => this.#highlight(detail));
    this.#table.addEventListener("point", ({ detail }) => this.#highlight(detail));
    this.#view.addEventListener("choose", ({ detail }) => this.#choose(detail, { unfold: true }));
    this.#table.addEventListener("choose", ({ detail }) => this.#choose(detail));
    whole.addEventListener("click", () => this.#zoomTo(null));
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.#zoomed !== null && this.#zoomTo(null));
    png.addEventListener("click", () => this.#savePng());
    json.addEventListener("click", () => download(new Blob([this.#json()], { type: "application/json" }), `${this.stem}-masks.json`));
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Name of the file without its extension. */
  get stem() {
    return this.#file.name.replace(/\.[^.]*$/, "") || "photo";
  }

  /** Name of the file. */
  get name() {
    return this.#file.name;
  }

  /** The faces with their states and numbers; null before they are known. */
  get faces() {
    return this.#shown && this.#shown.faces;
  }

  /** Whether the photo failed in a way that may pass. */
  get retryable() {
    return this.root.dataset.state === "failed" && !this.#card.parts.retry.hidden;
  }

  /** Show that the faces are going to be detected. */
  wait() {
    const { retry, remove } = this.#card.parts;
    this.root.dataset.state = "waiting";
    if (retry === document.activeElement) remove.focus();
    retry.hidden = true;
    this.#setStatus("Detecting…");
  }

  /** Detect the faces of the photo. Never throws: the card shows the error. Returns the text to announce. */
  async detect() {
    try {
      const { blob, type } = await sendable(this.#file, this.#config);
      this.#result = await this.#detection.detect(blob, type);
      this.#blob = blob;
      await this.#show();
      return this.#setStatus(summary(this.faces).replace(" in view", " found"));
    } catch (error) {
      this.root.dataset.state = "failed";
      this.#card.parts.retry.hidden = !error.retryable;
      return this.#setStatus(error.message);
    }
  }

  /** The annotated picture in full size, as PNG. */
  async png() {
    const picture = await upright(this.#blob, CANVAS_MAX_PX);
    const png = await annotatedPng(picture, this.#shown);
    picture.close();
    return png;
  }

  async #savePng() {
    const { problem } = this.#card.parts;
    problem.hidden = true;
    try {
      download(await this.png(), `${this.stem}-masks.png`);
    } catch {
      problem.hidden = false;
    }
  }

  #json() {
    return JSON.stringify({ file: this.#file.name, ...this.#result }, null, 2);
  }

  #setStatus(text) {
    this.#card.parts.status.textContent = text;
    return `${this.#file.name}: ${text}`;
  }

  async #show() {
    this.#shown = { ...this.#result, faces: numbered(withStates(this.#result.faces)) };
    this.root.dataset.state = "done";
    const { canvas, verdict } = this.#card.parts;
    await this.#view.show(this.#blob, this.#shown);
    canvas.setAttribute("aria-label", summary(this.faces));
    verdict.replaceChildren(...pills(verdictParts(this.faces)));
    this.#table.show(this.faces);
  }

  #highlight(index) {
    this.#view.highlight(index);
    this.#table.highlight(index);
  }

  /** The same face again zooms out. */
  async #choose(index, { unfold = false } = {}) {
    if (index !== null && unfold) this.#table.highlight(index, { unfold });
    await this.#zoomTo(index === this.#zoomed ? null : index);
  }

  async #zoomTo(index) {
    const { whole } = this.#card.parts;
    this.#zoomed = index;
    if (whole === document.activeElement) this.#card.parts.png.focus();
    whole.hidden = index === null;
    await this.#view.zoomTo(index);
  }
}
