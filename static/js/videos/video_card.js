// One of the visitor's films: waiting, worked on, or finished with its player, timeline and downloads.
import { ask } from "../shared/api.js";
import { fromTemplate } from "../shared/elements.js";
import { expiryLine, isActive, jobLine } from "./job_text.js";
import { parseDetections } from "./timeline.js";
import { plotTimeline } from "./timeline_plot.js";
import { percent } from "../shared/text.js";

/** A card for one job; `update` brings it up to date. */
export class FilmCard {
  #url;
  #config;
  #card = fromTemplate("film-card");
  #state = null;
  #previewed = 0;

  /** @param {object} job @param {object} config @param {() => void} onRemoved the visitor deleted it */
  constructor(job, config, onRemoved) {
    this.#url = `${config.videosUrl}/${encodeURIComponent(job.id)}`;
    this.#config = config;
    const { name, preview, remove } = this.#card.parts;
    name.textContent = job.name;
    remove.addEventListener("click", () => this.#remove(onRemoved));
    preview.addEventListener("load", () => (preview.hidden = this.#state !== "running"));
    this.update(job);
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Show how the job stands; true when its state changed. */
  update(job) {
    const { line, bar, expiry, remove, player, preview } = this.#card.parts;
    line.textContent = jobLine(job);
    bar.hidden = !isActive(job);
    if (job.state === "running") bar.value = job.progress;
    bar.setAttribute("aria-valuetext", percent(job.progress ?? 0));
    expiry.textContent = isActive(job) ? "" : expiryLine(job.expires_s, Date.now() / 1000, this.#config.expireS);
    if (job.state === "running") this.#preview(job);
    if (job.state === this.#state) return false;
    this.#state = job.state;
    this.root.dataset.state = job.state;
    remove.textContent = isActive(job) ? "Cancel" : "Delete now";
    remove.setAttribute("aria-label", `${remove.textContent}: ${job.name}`);
    player.hidden = job.state !== "running" && job.state !== "succeeded";
    if (job.state !== "running") preview.hidden = true;
    if (job.state === "succeeded") this.#finish();
    return true;
  }

  #preview({ frames_done }) {
    const { preview } = this.#card.parts;
    if (!frames_done || frames_done === this.#previewed) return;
    this.#previewed = frames_done;
    preview.src = `${this.#url}/preview?frame=${frames_done}`;
  }

  #finish() {
    const { preview, video, film, data, done } = this.#card.parts;
    preview.removeAttribute("src");
    video.hidden = done.hidden = false;
    video.src = `${this.#url}/result`;
    film.href = `${this.#url}/result?download=1`;
    data.href = `${this.#url}/detections`;
    const near = async ([entry]) => {
      if (!entry.isIntersecting) return;
      seen.disconnect();
      await this.#drawTimeline().catch((error) => (this.#card.parts.words.textContent = error.message));
    };
    const seen = new IntersectionObserver(near, { rootMargin: "100%" });
    seen.observe(this.root);
  }

  async #drawTimeline() {
    const { video } = this.#card.parts;
    const response = await fetch(`${this.#url}/detections`);
    if (!response.ok) throw new Error("The timeline cannot be shown. The film still plays.");
    const frames = parseDetections(await response.text());
    if (video.readyState < HTMLMediaElement.HAVE_METADATA) {
      await new Promise((resolve) => ["loadedmetadata", "error"].forEach((type) => video.addEventListener(type, resolve, { once: true })));
    }
    plotTimeline(this.#card.parts, video, frames);
  }

  async #remove(onRemoved) {
    const { remove, line } = this.#card.parts;
    remove.disabled = true;
    try {
      await ask(this.#url, { method: "DELETE" });
      onRemoved();
    } catch (error) {
      line.textContent = error.message;
    } finally {
      remove.disabled = false;
    }
  }
}
