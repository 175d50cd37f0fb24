// The visitor's own films, kept up to date while the page is looked at.
import { ask } from "../shared/api.js";
import { FilmCard } from "./video_card.js";
import { isActive, jobLine } from "./job_text.js";

const BUSY_MS = 1000;
const IDLE_MS = 15_000;

/** Asks the server for the films of this browser and shows a card for each. */
export class FilmList {
  #list;
  #empty;
  #lost;
  #config;
  #say;
  #cards = new Map();
  #timer = null;
  #asking = false;

  constructor({ list, empty, lost }, config, say) {
    this.#list = list;
    this.#empty = empty;
    this.#lost = lost;
    this.#config = config;
    this.#say = say;
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  /** Ask now, and again by itself. */
  async refresh() {
    if (this.#asking) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    let wait_ms = BUSY_MS * 3;
    try {
      const { videos } = await ask(this.#config.videosUrl);
      this.#show(videos);
      this.#lost.hidden = true;
      wait_ms = videos.some(isActive) ? BUSY_MS : IDLE_MS;
    } catch (error) {
      this.#lost.textContent = `${error.message} Films already sent are not lost.`;
      this.#lost.hidden = false;
    } finally {
      this.#asking = false;
    }
    this.#timer = setTimeout(() => document.hidden || this.refresh(), wait_ms);
  }

  #show(jobs) {
    const newest = [...jobs].sort((a, b) => b.created_s - a.created_s);
    const kept = new Set(jobs.map((job) => job.id));
    for (const [id, card] of this.#cards) {
      if (!kept.has(id)) {
        card.root.remove();
        this.#cards.delete(id);
      }
    }
    newest.forEach((job, i) => this.#place(job, i));
    this.#empty.hidden = jobs.length > 0;
  }

  #place(job, i) {
    const known = this.#cards.get(job.id);
    const card = known ?? new FilmCard(job, this.#config, () => this.refresh());
    if (known?.update(job)) this.#say(`${job.name}: ${jobLine(job)}`);
    this.#cards.set(job.id, card);
    if (this.#list.children[i] !== card.root) this.#list.insertBefore(card.root, this.#list.children[i] ?? null);
  }
}
