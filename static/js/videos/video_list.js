// The visitor's videos, refreshed while the page is visible.
import { requestJson } from "../shared/api.js";
import { removeCard } from "../shared/focus.js";
import { isActive, jobStatus } from "./job_text.js";
import { VideoCard } from "./video_card.js";

const ACTIVE_INTERVAL_MS = 1000;
const ERROR_INTERVAL_MS = 3000;
const IDLE_INTERVAL_MS = 15_000;

/** Polls the videos of this browser and shows a card for each but those that this page sends; `next` gets the focus after the last one. */
export class VideoList {
  #list;
  #empty;
  #error;
  #next;
  #config;
  #announce;
  #isSentHere;
  #cards = new Map();
  #timer = null;
  #requesting = false;

  constructor({ list, empty, error, next }, config, announce, isSentHere) {
    this.#list = list;
    this.#empty = empty;
    this.#error = error;
    this.#next = next;
    this.#config = config;
    this.#announce = announce;
    this.#isSentHere = isSentHere;
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  /** Request the list now, and again after an interval. */
  async refresh() {
    if (this.#requesting) return;
    this.#requesting = true;
    clearTimeout(this.#timer);
    let interval_ms = ERROR_INTERVAL_MS;
    try {
      const { videos } = await requestJson(this.#config.videosUrl);
      this.#show(videos.filter((job) => !this.#isSentHere(job)));
      this.#error.hidden = true;
      interval_ms = videos.some(isActive) ? ACTIVE_INTERVAL_MS : IDLE_INTERVAL_MS;
    } catch (error) {
      this.#error.textContent = `${error.message} Videos that were uploaded are not affected.`;
      this.#error.hidden = false;
    } finally {
      this.#requesting = false;
    }
    this.#timer = setTimeout(() => document.hidden || this.refresh(), interval_ms);
  }

  #show(jobs) {
    const newestFirst = [...jobs].sort((a, b) => b.created_s - a.created_s);
    const ids = new Set(jobs.map((job) => job.id));
    for (const [id, card] of this.#cards) {
      if (!ids.has(id)) {
        removeCard(card.root, this.#next);
        this.#cards.delete(id);
      }
    }
    newestFirst.forEach((job, i) => this.#place(job, i));
    this.#empty.hidden = jobs.length > 0;
  }

  #place(job, i) {
    const existing = this.#cards.get(job.id);
    const card = existing ?? new VideoCard(job, this.#config, () => this.refresh());
    if (existing?.update(job)) this.#announce(`${job.name}: ${jobStatus(job)}`);
    this.#cards.set(job.id, card);
    if (this.#list.children[i] !== card.root) this.#list.insertBefore(card.root, this.#list.children[i] ?? null);
  }
}
