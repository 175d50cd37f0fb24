// The section that makes a visitor's own classifier from the collection.
import { PersonalPanel } from "../../device/personal/personal_panel.js";
import { rememberPlace } from "../../device/place_choice.js";
import { byId } from "../../shared/dom.js";
import { Cancelled, Fit } from "./fit.js";
import { readiness } from "./learnable.js";
import { lostText, resultText } from "./result_text.js";

const STEP_TEXT = {
  load: () => "Loading the network…",
  read: (done, all) => `Picture ${done + 1} of ${all}`,
  learn: (_, all) => `Learning from ${all === 1 ? "1 picture" : `${all} pictures`}…`,
};
/** Boxes here are proposed without it, so that it never learns from itself: the panel tells of the other pages, on the device. */
const onDevice = () => Object.assign(new EventTarget(), { place: "device" });

/** Connects the elements of templates/collect/_classifier.html with a collection. */
export class ClassifierSection {
  #collection;
  #deviceUrl;
  #announce;
  #panel;
  #fit = null;

  /**
   * @param {import("../model/collection.js").Collection} collection
   * @param {string} deviceUrl address of `device.json`
   * @param {(text: string) => void} announce
   */
  constructor(collection, deviceUrl, announce) {
    this.#collection = collection;
    this.#deviceUrl = deviceUrl;
    this.#announce = announce;
    this.#panel = new PersonalPanel(onDevice(), announce);
    byId("fit").addEventListener("click", () => this.#begin());
    byId("cancel-fit").addEventListener("click", () => this.cancel());
    byId("fit-mirror").addEventListener("click", () => rememberPlace("device"));
    collection.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** Stop what is running; nothing has changed then. */
  cancel() {
    this.#fit?.cancel();
  }

  #show() {
    const { refusal, notes } = readiness(this.#collection.pictures);
    // Not disabled: it would lose the focus, and could not say why.
    byId("fit").setAttribute("aria-disabled", String(refusal !== null || this.#fit !== null));
    byId("fit-notes").replaceChildren(...(refusal ? [refusal] : notes).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }

  #begin() {
    const { refusal } = readiness(this.#collection.pictures);
    if (refusal) this.#announce(refusal);
    else if (!this.#fit) this.#make();
  }

  async #make() {
    this.#fit = new Fit(this.#collection, this.#deviceUrl);
    this.#show();
    byId("fit-mirror").hidden = true;
    byId("fit-status").hidden = byId("fit-bar").hidden = byId("cancel-fit").hidden = false;
    this.#announce(STEP_TEXT.load());
    const { text, kept } = await this.#run().catch((error) => ({ text: problemText(error), kept: false }));
    this.#fit = null;
    this.#show();
    if (document.activeElement === byId("cancel-fit")) byId("fit").focus();
    byId("fit-bar").hidden = byId("cancel-fit").hidden = true;
    byId("fit-mirror").hidden = !kept;
    byId("fit-text").textContent = text;
    this.#announce(text);
  }

  async #run() {
    const { personal, report, lost } = await this.#fit.run((step, done, all) => {
      byId("fit-text").textContent = STEP_TEXT[step](done, all);
      Object.assign(byId("fit-bar"), { max: all, value: done });
    });
    const text = [resultText(report, this.#panel.there), lostText(lost)].filter(Boolean).join(" ");
    return { text, kept: report.weight > 0 && (await this.#panel.keep(personal)) };
  }
}

const problemText = (error) => (error instanceof Cancelled ? "Cancelled. Nothing has changed." : `${error.message} Nothing has changed.`);
