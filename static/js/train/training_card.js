// The card of one training: where it is, how it learns, what came out, and what to do with its model.
import { requestJson } from "../shared/api.js";
import { fromTemplate } from "../shared/dom.js";
import { rememberOwnModel } from "../shared/storage/own_model.js";
import { duration } from "../shared/numbers.js";
import { Comparison } from "./comparison.js";
import { drawCurve } from "./curve.js";
import { fillMatrix } from "./matrix.js";
import { STAGES, TASK_TEXT, headline, stageStates, statusText } from "./training_text.js";

const ACTIVE = new Set(["queued", "running"]);
const DOWNLOADS = { "model.tflite": "Model (.tflite)", "model.json": "Its card (.json)", "model.keras": "Keras file (.keras)", "report.html": "Full report (.html)" };

/** Events: "change", the visitor used, gave back, cancelled or deleted something. */
export class TrainingCard extends EventTarget {
  #parts;
  #config;
  #training = null;
  #reported = false;
  /** The button that was pressed is about to give way to another one, which gets the focus. */
  #focusNext = false;

  /** @param {{url: string, detectUrl: string}} config */
  constructor(config) {
    super();
    this.#config = config;
    const { root, parts } = fromTemplate("training-card");
    this.root = root;
    this.#parts = parts;
    parts.stages.replaceChildren(
      ...Object.entries(STAGES).map(([name, text]) => {
        const item = document.createElement("li");
        item.dataset.stage = name;
        item.textContent = text;
        return item;
      }),
    );
    parts.use.addEventListener("click", () => this.#change("POST", "/use", () => rememberOwnModel(true)));
    parts.back.addEventListener("click", () => this.#change("DELETE", null, () => rememberOwnModel(false)));
    parts.remove.addEventListener("click", () => this.#change("DELETE", ""));
  }

  get active() {
    return ACTIVE.has(this.#training?.state);
  }

  /** What is announced of it. */
  get text() {
    return `${TASK_TEXT[this.#training.options.task] ?? "Training"}: ${this.#parts.status.textContent}`;
  }

  /** Show the newest state. @param {object} training */
  show(training) {
    const parts = this.#parts;
    this.#training = training;
    this.root.dataset.state = training.state;
    const { task } = training.options;
    parts.name.textContent = `${TASK_TEXT[task] ?? "Training"} · ${training.name}`;
    parts.status.textContent = statusText(training);
    parts.bar.value = training.progress;
    const states = stageStates(training);
    for (const item of parts.stages.children) {
      const state = states[item.dataset.stage];
      item.dataset.state = state;
      if (state === "now") item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    this.#showRemarks(training);
    this.#showLearning(training);
    this.#showSheet(training);
    if (training.report) this.#showReport(training);
    parts.remove.textContent = this.active ? "Cancel" : "Delete now";
    parts.expiry.hidden = this.active;
    parts.expiry.textContent = `Deletes automatically in ${duration(training.expires_s - Date.now() / 1000)}.`;
  }

  #showRemarks({ remarks, collection }) {
    const faces = collection && Object.values(collection.faces).reduce((sum, count) => sum + count, 0);
    const about = collection ? [`${collection.pictures} pictures of ${collection.sittings} ${collection.sittings === 1 ? "sitting" : "sittings"}, ${faces} faces.`] : [];
    const sentences = [...about, ...remarks];
    this.#parts.remarks.hidden = !sentences.length;
    if (this.#parts.remarks.children.length === sentences.length) return;
    this.#parts.remarks.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
  }

  #showLearning({ history, epoch, options }) {
    const parts = this.#parts;
    parts.learning.hidden = !history.length;
    if (!history.length) return;
    const epochs = Math.max(history.length, epoch?.epochs ?? 0);
    const [name, title] = options.task === "localizer" ? ["iou", "Overlap of the boxes"] : ["accuracy", "Right labels"];
    const curve = (key) => ({ training: history.map((row) => row[key]), validation: history.map((row) => row[`val_${key}`]), epochs });
    parts.qualityTitle.textContent = title;
    drawCurve(parts.loss, { title: "Loss", ...curve("loss") });
    drawCurve(parts.quality, { title, ...curve(name), most: 1 });
  }

  #showSheet({ sheet }) {
    this.#parts.sheetBox.hidden = !sheet;
    if (!sheet || this.#parts.sheet.getAttribute("src") === sheet.url) return;
    const text = `After epoch ${sheet.epoch}: ${sheet.right} of ${sheet.pictures} test pictures are right`;
    this.#parts.sheetTitle.textContent = `${text}.`;
    this.#parts.sheet.alt = text;
    this.#parts.sheet.src = sheet.url;
  }

  #showReport(training) {
    const parts = this.#parts;
    const { report, in_use: inUse, links } = training;
    parts.use.hidden = inUse;
    parts.back.hidden = parts.mirror.hidden = !inUse;
    if (this.#focusNext) (inUse ? parts.back : parts.use).focus();
    this.#focusNext = false;
    if (this.#reported) return;
    this.#reported = true;
    for (const name of ["report", "modelButtons", "comparison"]) parts[name].hidden = false;
    parts.headline.textContent = headline(report);
    parts.blind.hidden = !report.blind;
    parts.blind.textContent = report.blind ?? "";
    fillMatrix(report.table, parts, (number) => links.pictures.replace("NAME", `picture-${String(number).padStart(4, "0")}.jpg`));
    new Comparison(parts, this.#config.detectUrl, training.id);
    parts.downloads.replaceChildren(
      ...Object.entries(links.downloads).map(([name, href]) => Object.assign(document.createElement("a"), { className: "button quiet", href, download: name, textContent: DOWNLOADS[name] })),
    );
  }

  /** Send a request about this training, or about the model in use where `path` is null. */
  async #change(method, path, then = () => {}) {
    const parts = this.#parts;
    const pressed = document.activeElement;
    try {
      await requestJson(path === null ? `${this.#config.url}/in-use` : `${this.#training.links.self}${path}`, { method });
      then();
      this.#focusNext = pressed === parts.use || pressed === parts.back;
      this.dispatchEvent(new Event("change"));
    } catch (error) {
      parts.status.textContent = error.message;
    }
  }
}
