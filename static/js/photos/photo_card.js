// The card of one photo: waiting, failed, or done, with a table of its faces.
import { requestJson } from "../shared/api.js";
import { withStates } from "../shared/certainty.js";
import { fromTemplate, stateElement } from "../shared/dom.js";
import { download } from "../shared/download.js";
import { fitWithin } from "../shared/geometry.js";
import { drawMarks } from "../shared/overlay.js";
import { annotatedPng, faceMarks, screenUnit } from "../shared/snapshot.js";
import { certaintyText, megabytes, percent, summary, uncertainLabelText } from "../shared/text.js";
import { imageFormat, photoRejection } from "./image_format.js";

const SHOWN_PX = 1600;
// The largest canvas of Safari on a phone.
const PNG_MAX_PX = 16_000_000;

/** A card for one file. */
export class PhotoCard {
  #file;
  #config;
  #card = fromTemplate("photo-card");

  /** @param {File} file @param {object} config @param {() => void} onRetry called when the visitor chooses “Try again” */
  constructor(file, config, onRetry) {
    this.#file = file;
    this.#config = config;
    const { name, remove, retry } = this.#card.parts;
    name.textContent = file.name;
    retry.addEventListener("click", onRetry);
    retry.setAttribute("aria-label", `Try again: ${file.name}`);
    remove.addEventListener("click", () => this.root.remove());
    remove.setAttribute("aria-label", `Remove ${file.name}`);
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Detect the faces of the photo. Never throws: the card shows the error. Returns the text to announce. */
  async detect() {
    this.root.dataset.state = "waiting";
    this.#card.parts.retry.hidden = true;
    this.#setStatus("Detecting…");
    try {
      const format = imageFormat(new Uint8Array(await this.#file.slice(0, 16).arrayBuffer()));
      const reason = photoRejection(format, this.#file.size, this.#config.imageMaxBytes, this.#config.imageFormats, megabytes);
      if (reason) throw new Error(reason);
      const result = await requestJson(this.#config.detectUrl, { method: "POST", headers: { "Content-Type": `image/${format}` }, body: this.#file });
      const shown = { ...result, faces: withStates(result.faces) };
      await this.#draw(shown);
      this.#fillTable(shown);
      this.#enableDownloads(result, shown);
      return this.#setStatus(summary(shown.faces).replace(" in view", " found"));
    } catch (error) {
      this.root.dataset.state = "failed";
      this.#card.parts.retry.hidden = !error.retryable;
      return this.#setStatus(error.message);
    }
  }

  #setStatus(text) {
    this.#card.parts.status.textContent = text;
    return `${this.#file.name}: ${text}`;
  }

  async #draw(result) {
    const picture = await upright(this.#file, SHOWN_PX);
    const { canvas } = this.#card.parts;
    Object.assign(canvas, { width: picture.width, height: picture.height });
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const rect = { x: 0, y: 0, width: picture.width, height: picture.height };
    this.root.dataset.state = "done";
    drawMarks(context, faceMarks(result, rect), (picture.width / canvas.clientWidth) * screenUnit(canvas.clientWidth));
    canvas.setAttribute("aria-label", summary(result.faces));
    picture.close();
  }

  #fillTable({ faces }) {
    const { rows, table } = this.#card.parts;
    table.hidden = faces.length === 0;
    rows.replaceChildren(
      ...faces.map((face, i) => {
        const row = document.createElement("tr");
        const cells = [[i + 1], stateCell(face), [certaintyText(face)], [percent(face.detection_score)]];
        for (const contents of cells) row.insertCell().append(...contents);
        return row;
      }),
    );
  }

  #enableDownloads(result, shown) {
    const { png, json } = this.#card.parts;
    const stem = this.#file.name.replace(/\.[^.]*$/, "") || "photo";
    png.addEventListener("click", async () => {
      const picture = await upright(this.#file, Infinity, PNG_MAX_PX);
      download(await annotatedPng(picture, shown), `${stem}-masks.png`);
      picture.close();
    });
    json.addEventListener("click", () => {
      const text = JSON.stringify({ file: this.#file.name, ...result }, null, 2);
      download(new Blob([text], { type: "application/json" }), `${stem}-masks.json`);
    });
  }
}

function stateCell(face) {
  const label = uncertainLabelText(face);
  if (label === null) return [stateElement(face.state)];
  return [stateElement(face.state), Object.assign(document.createElement("p"), { className: "small", textContent: label })];
}

/** The photo with its EXIF rotation applied, scaled down. */
async function upright(file, longest, maxPx = Infinity) {
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  const size = fitWithin(whole, longest, maxPx);
  if (size.width === whole.width) return whole;
  const small = await createImageBitmap(whole, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "high" });
  whole.close();
  return small;
}
