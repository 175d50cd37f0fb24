// Which sitting new pictures belong to, and what they show.
import { byId } from "../shared/dom.js";
import { remember, remembered } from "../shared/storage/remembered.js";

const SITTING = "collect-sitting";
const STATE = "collect-state";

/** The highest sitting of a collection; 0 for an empty one. @param {import("./model/picture.js").Picture[]} pictures */
export const lastSitting = (pictures) => pictures.reduce((last, { sitting }) => Math.max(last, sitting), 0);

/** Connects the section with a collection. */
export class SittingChoice {
  #collection;
  #chosen = remembered(SITTING, 1);

  /** @param {import("./model/collection.js").Collection} collection @param {(text: string) => void} announce */
  constructor(collection, announce) {
    this.#collection = collection;
    for (const radio of document.querySelectorAll("[name=state]")) radio.checked = radio.value === remembered(STATE, "without_mask");
    byId("states").addEventListener("change", ({ target }) => remember(STATE, target.value));
    byId("new-sitting").addEventListener("click", () => {
      this.#choose(lastSitting(collection.pictures) + 1);
      announce(`Sitting ${this.#sitting} begins.`);
    });
    byId("sitting").addEventListener("change", ({ target }) => this.#choose(Number(target.value)));
    collection.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** What new pictures belong to. @returns {{sitting: number, last: number, state: string | null}} state null: as detected */
  get current() {
    const state = document.querySelector("[name=state]:checked").value;
    return { sitting: this.#sitting, last: Math.max(lastSitting(this.#collection.pictures), this.#sitting), state: state === "detected" ? null : state };
  }

  /** What was chosen; after a deletion no higher than a new one. */
  get #sitting() {
    return Math.min(Math.max(1, this.#chosen), lastSitting(this.#collection.pictures) + 1);
  }

  #choose(sitting) {
    this.#chosen = sitting;
    remember(SITTING, sitting);
    this.#show();
  }

  #show() {
    const last = lastSitting(this.#collection.pictures);
    const counts = this.#collection.pictures.reduce((found, { sitting }) => found.set(sitting, (found.get(sitting) ?? 0) + 1), new Map());
    const numbers = Array.from({ length: Math.max(last, this.#sitting) }, (_, i) => i + 1);
    byId("sitting").replaceChildren(...numbers.map((number) => new Option(`Sitting ${number} (${counts.get(number) ?? 0})`, number, false, number === this.#sitting)));
    // A sitting without pictures needs no other new one.
    byId("new-sitting").setAttribute("aria-disabled", String(this.#sitting > last));
  }
}
