// The visitor's trainings: asked for every second while one is under way.
import { requestJson } from "../shared/api.js";
import { removeCard } from "../shared/focus.js";
import { TrainingCard } from "./training_card.js";

const EVERY_MS = 1000;
const SELDOM_MS = 30_000;

export class TrainingList {
  #elements;
  #config;
  #announcer;
  #cards = new Map();
  #timer = null;
  #running = false;
  #again = false;

  /** @param {{list: HTMLElement, empty: HTMLElement, error: HTMLElement, next: HTMLElement}} elements @param {object} config @param {import("../shared/announcer.js").Announcer} announcer */
  constructor(elements, config, announcer) {
    this.#elements = elements;
    this.#config = config;
    this.#announcer = announcer;
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.refresh());
  }

  /** Ask for all trainings, show them, and ask again later. */
  async refresh() {
    clearTimeout(this.#timer);
    if (this.#running) {
      this.#again = true; // what is under way may have been answered before the change
      return;
    }
    this.#running = true;
    let soon = true;
    try {
      const { trainings } = await requestJson(this.#config.url);
      this.#elements.error.hidden = true;
      this.#show(trainings);
      soon = [...this.#cards.values()].some((card) => card.active);
    } catch (error) {
      this.#elements.error.textContent = error.message;
      this.#elements.error.hidden = false;
    }
    this.#running = false;
    clearTimeout(this.#timer);
    if (this.#again) {
      this.#again = false;
      return this.refresh();
    }
    if (document.visibilityState === "visible") this.#timer = setTimeout(() => this.refresh(), soon ? EVERY_MS : SELDOM_MS);
  }

  #show(trainings) {
    const { list, empty, next } = this.#elements;
    const ids = new Set(trainings.map(({ id }) => id));
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      removeCard(card.root, next);
      this.#cards.delete(id);
    }
    trainings.forEach((training, i) => {
      const isNew = !this.#cards.has(training.id);
      const card = isNew ? this.#add(training.id) : this.#cards.get(training.id);
      card.show(training);
      if (list.children[i] !== card.root) list.insertBefore(card.root, list.children[i] ?? null);
      if (card.active) this.#announcer.announce(card.text.replace(/, about.*/, ""));
      else if (!isNew && card.announced !== training.state) this.#announcer.announceNow(card.text);
      card.announced = training.state;
    });
    empty.hidden = trainings.length > 0;
  }

  #add(id) {
    const card = new TrainingCard(this.#config);
    card.addEventListener("change", () => this.refresh());
    this.#cards.set(id, card);
    return card;
  }
}
