// A visitor's own classifier in the settings: whether it is used, what it brings, its file, and its end.
import { byId } from "../../shared/dom.js";
import { remember, remembered } from "../../shared/storage/remembered.js";
import { refuseOtherModel } from "./personal_classifier.js";
import { deletePersonal, exportPersonal, getPersonal, importPersonal, putPersonal, watchPersonal } from "./personal_store.js";
import { personalText } from "./personal_text.js";

const ON = "personal";

/** Connects the elements of templates/shared/_personal.html. Event: "change", another classifier is used, or none. */
export class PersonalPanel extends EventTarget {
  #places;
  #announce;
  #personal = null;
  /** What "Undo" brings back: it was deleted or replaced. */
  #earlier = null;
  #refusal = null;

  /**
   * @param {import("../places.js").Places} places
   * @param {(text: string) => void} announce tells a sentence to screen readers
   */
  constructor(places, announce) {
    super();
    this.#places = places;
    this.#announce = announce;
    byId("personal-on").checked = remembered(ON, true);
    byId("personal-on").addEventListener("change", ({ target }) => {
      remember(ON, target.checked);
      this.#changed();
    });
    byId("personal-save").addEventListener("click", () => exportPersonal(this.#personal));
    byId("personal-load").addEventListener("click", () => this.#chooseFile());
    byId("personal-delete").addEventListener("click", () => this.#delete());
    byId("personal-undo").addEventListener("click", () => this.#undo());
    places.addEventListener("change", () => this.#show());
    watchPersonal(() => this.#reload());
    /** Settled once it is known what this browser keeps. */
    this.loaded = this.#try(async () => (this.#personal = await getPersonal())).then(() => this.#show());
  }

  /** The classifier that is to be used on this device, or null. @returns {import("./personal_classifier.js").Personal | null} */
  get active() {
    const usable = this.#personal && !this.#refusal && this.#personal.weight > 0;
    return usable && byId("personal-on").checked ? this.#personal : null;
  }

  /** Whether there is one, used or not. */
  get there() {
    return this.#personal !== null;
  }

  /**
   * Keep and use a classifier instead of the one before. One that the browser cannot keep lasts as long as the page, and can be saved.
   * @param {import("./personal_classifier.js").Personal} personal
   * @returns {Promise<boolean>} whether the browser keeps it
   */
  async keep(personal) {
    await this.loaded;
    remember(ON, true);
    byId("personal-on").checked = true;
    await this.#act(async () => {
      [this.#earlier, this.#personal] = [this.#personal, personal];
      await putPersonal(personal);
    });
    return this.#refusal === null;
  }

  /** Another tab has changed it. */
  async #reload() {
    await this.loaded;
    byId("personal-on").checked = remembered(ON, true);
    await this.#act(async () => {
      this.#earlier = null;
      this.#personal = await getPersonal();
    });
  }

  #chooseFile() {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ".json,application/json" });
    input.addEventListener("change", () => this.#load(input.files[0]));
    input.click();
  }

  async #load(file) {
    const hadFocus = document.activeElement === byId("personal-load");
    await this.#act(async () => {
      this.#personal = await importPersonal(file);
      this.#earlier = null;
    });
    if (hadFocus && byId("personal-load").hidden) byId("personal-delete").focus();
  }

  async #delete() {
    await this.#act(async () => {
      await deletePersonal();
      [this.#earlier, this.#personal] = [this.#personal, null];
    });
    byId("personal-undo").focus();
  }

  async #undo() {
    await this.#act(async () => {
      await putPersonal(this.#earlier);
      [this.#personal, this.#earlier] = [this.#earlier, null];
    });
    byId("personal-delete").focus();
  }

  async #act(act) {
    await this.#try(act);
    this.#changed();
  }

  /** Do something that may be refused in a sentence. */
  async #try(act) {
    this.#refusal = null;
    try {
      await act();
      if (this.#personal) refuseOtherModel(this.#personal, byId("personal").dataset.classifierSha256);
    } catch (error) {
      this.#refusal = error.message;
    }
  }

  #changed() {
    this.#show();
    this.#announce(byId("personal-text").textContent);
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    const { place } = this.#places;
    const there = this.#personal !== null;
    const on = byId("personal-on").checked;
    const deleted = !there && this.#earlier !== null && this.#refusal === null;
    const text = deleted ? "Your own classifier is deleted." : personalText(this.#personal, { on, place, refusal: this.#refusal });
    byId("personal-text").textContent = text;
    byId("personal-switch").hidden = !there || this.#refusal !== null || this.#personal.weight === 0;
    for (const id of ["personal-save", "personal-delete"]) byId(id).hidden = !there;
    byId("personal-load").hidden = there;
    byId("personal-undo").hidden = !this.#earlier;
    for (const mark of document.querySelectorAll("[data-personal]")) mark.hidden = !this.active || place !== "device";
  }
}
