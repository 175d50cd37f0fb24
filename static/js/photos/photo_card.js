// One photo on the page: waiting, refused, or looked at, with its faces in a table.
import { ask } from "../shared/api.js";
import { withStates } from "../shared/certainty.js";
import { download } from "../shared/download.js";
import { fromTemplate, stateElement } from "../shared/elements.js";
import { shrink } from "../shared/geometry.js";
import { imageKind, refusal } from "./image_format.js";
import { drawMarks } from "../shared/overlay.js";
import { marksOn, picturePng, screenUnit } from "../shared/snapshot.js";
import { certaintyWords, megabytes, percent, perhaps, summary } from "../shared/text.js";

const SHOWN_PX = 1600;
// Safari on a phone gives no larger canvas.
const PNG_MAX_PX = 16_000_000;

/** A card for one file. */
export class PhotoCard {
  #file;
  #config;
  #card = fromTemplate("photo-card");

  /** @param {File} file @param {object} config @param {() => void} onAgain the visitor wants it looked at once more */
  constructor(file, config, onAgain) {
    this.#file = file;
    this.#config = config;
    const { name, remove, again } = this.#card.parts;
    name.textContent = file.name;
    again.addEventListener("click", onAgain);
    again.setAttribute("aria-label", `Try again: ${file.name}`);
    remove.addEventListener("click", () => this.root.remove());
    remove.setAttribute("aria-label", `Remove ${file.name}`);
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Look at the photo. Never throws: what went wrong stands on the card. Returns what to say aloud. */
  async look() {
    this.root.dataset.state = "waiting";
    this.#card.parts.again.hidden = true;
    this.#tell("Looking…");
    try {
      const kind = imageKind(new Uint8Array(await this.#file.slice(0, 16).arrayBuffer()));
      const reason = refusal(kind, this.#file.size, this.#config.imageMaxBytes, this.#config.imageFormats, megabytes);
      if (reason) throw new Error(reason);
      const answer = await ask(this.#config.detectUrl, { method: "POST", headers: { "Content-Type": `image/${kind}` }, body: this.#file });
      const shown = { ...answer, faces: withStates(answer.faces) };
      await this.#draw(shown);
      this.#fillTable(shown);
      this.#offer(answer, shown);
      return this.#tell(summary(shown.faces).replace(" in view", " found"));
    } catch (error) {
      this.root.dataset.state = "failed";
      this.#card.parts.again.hidden = !error.passing;
      return this.#tell(error.message);
    }
  }

  #tell(sentence) {
    this.#card.parts.line.textContent = sentence;
    return `${this.#file.name}: ${sentence}`;
  }

  async #draw(answer) {
    const picture = await upright(this.#file, SHOWN_PX);
    const { canvas } = this.#card.parts;
    Object.assign(canvas, { width: picture.width, height: picture.height });
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const rect = { x: 0, y: 0, width: picture.width, height: picture.height };
    this.root.dataset.state = "done";
    drawMarks(context, marksOn(answer, rect), (picture.width / canvas.clientWidth) * screenUnit(canvas.clientWidth));
    canvas.setAttribute("aria-label", summary(answer.faces));
    picture.close();
  }

  #fillTable({ faces }) {
    const { rows, table } = this.#card.parts;
    table.hidden = faces.length === 0;
    rows.replaceChildren(
      ...faces.map((face, i) => {
        const row = document.createElement("tr");
        const cells = [[i + 1], stateCell(face), [certaintyWords(face)], [percent(face.detection_score)]];
        for (const contents of cells) row.insertCell().append(...contents);
        return row;
      }),
    );
  }

  #offer(answer, shown) {
    const { png, json } = this.#card.parts;
    const stem = this.#file.name.replace(/\.[^.]*$/, "") || "photo";
    png.addEventListener("click", async () => {
      const picture = await upright(this.#file, Infinity, PNG_MAX_PX);
      download(await picturePng(picture, shown), `${stem}-masks.png`);
      picture.close();
    });
    json.addEventListener("click", () => {
      const text = JSON.stringify({ file: this.#file.name, ...answer }, null, 2);
      download(new Blob([text], { type: "application/json" }), `${stem}-masks.json`);
    });
  }
}

function stateCell(face) {
  const guess = perhaps(face);
  if (guess === null) return [stateElement(face.state)];
  return [stateElement(face.state), Object.assign(document.createElement("p"), { className: "small", textContent: guess })];
}

/** The photo as it is meant to be seen, brought down in size. */
async function upright(file, longest, maxPx = Infinity) {
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  const size = shrink(whole, longest, maxPx);
  if (size.width === whole.width) return whole;
  const small = await createImageBitmap(whole, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "high" });
  whole.close();
  return small;
}
