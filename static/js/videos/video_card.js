// The card of one of the visitor's videos: waiting, processed, or ready with player, timeline and downloads.
import { requestJson } from "../shared/api.js";
import { fromTemplate } from "../shared/dom.js";
import { percent } from "../shared/numbers.js";
import { expiryText, isActive, jobStatus } from "./job_text.js";
import { pills } from "../shared/faces/verdict_pills.js";
import { parseDetections, timeParts } from "./timeline.js";
import { plotTimeline } from "./timeline_plot.js";
import { UndoableDeletion } from "./undoable_deletion.js";

/** A card for one job; `update` shows the job's new state. */
export class VideoCard {
  #url;
  #config;
  #card = fromTemplate("video-card");
  #state = null;
  #previewedFrames = 0;
  #undo;

  /** @param {object} job @param {object} config @param {() => void} onRemoved called when the server has deleted it */
  constructor(job, config, onRemoved) {
    this.#url = `${config.videosUrl}/${encodeURIComponent(job.id)}`;
    this.#config = config;
    const { name, preview, remove } = this.#card.parts;
    name.textContent = job.name;
    this.#undo = new UndoableDeletion(this.#card, `“${job.name}” will be deleted.`, () => this.#delete(onRemoved));
    remove.addEventListener("click", () => this.#removed(onRemoved));
    preview.addEventListener("load", () => (preview.hidden = this.#state !== "running"));
    this.update(job);
  }

  /** The element to put into the page. */
  get root() {
    return this.#card.root;
  }

  /** Show the job's state and progress; returns whether the state changed. */
  update(job) {
    const { status, bar, expiry, remove, player, preview } = this.#card.parts;
    status.textContent = jobStatus(job);
    bar.hidden = !isActive(job);
    if (job.state === "running" || job.state === "uploading") bar.value = job.progress;
    bar.setAttribute("aria-valuetext", percent(job.progress ?? 0));
    expiry.textContent = isActive(job) ? "" : expiryText(job.expires_s, Date.now() / 1000, this.#config.expireS);
    if (job.state === "running") this.#showPreview(job);
    if (job.state === this.#state) return false;
    this.#state = job.state;
    this.root.dataset.state = job.state;
    remove.textContent = isActive(job) ? "Cancel" : "Delete now";
    remove.setAttribute("aria-label", `${remove.textContent}: ${job.name}`);
    player.hidden = job.state !== "running" && job.state !== "succeeded";
    if (job.state !== "running") preview.hidden = true;
    if (job.state === "succeeded") this.#showResult();
    return true;
  }

  #showPreview({ frames_done }) {
    const { preview } = this.#card.parts;
    if (!frames_done || frames_done === this.#previewedFrames) return;
    this.#previewedFrames = frames_done;
    preview.src = `${this.#url}/preview?frame=${frames_done}`;
  }

  #showResult() {
    const { preview, video, saveVideo, saveData, done } = this.#card.parts;
    preview.removeAttribute("src");
    video.hidden = done.hidden = false;
    video.src = `${this.#url}/result`;
    saveVideo.href = `${this.#url}/result?download=1`;
    saveData.href = `${this.#url}/detections`;
    // The timeline of a long video is large: it is loaded when the card comes within one screen of the view.
    const onIntersection = async ([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      await this.#drawTimeline().catch((error) => (this.#card.parts.timelineText.textContent = error.message));
    };
    const observer = new IntersectionObserver(onIntersection, { rootMargin: "100%" });
    observer.observe(this.root);
  }

  async #drawTimeline() {
    const { video } = this.#card.parts;
    const response = await fetch(`${this.#url}/detections`);
    if (!response.ok) throw new Error("The timeline could not be loaded. The video can be played.");
    const frames = parseDetections(await response.text());
    if (video.readyState < HTMLMediaElement.HAVE_METADATA) {
      await new Promise((resolve) => ["loadedmetadata", "error"].forEach((type) => video.addEventListener(type, resolve, { once: true })));
    }
    plotTimeline(this.#card.parts, video, frames);
    this.#card.parts.verdict.replaceChildren(...pills(timeParts(frames)));
  }

  /** A video that is still processed is cancelled at once; a result can be restored for a few seconds. */
  #removed(onRemoved) {
    if (this.#state === "succeeded") this.#undo.start();
    else this.#delete(onRemoved);
  }

  async #delete(onRemoved) {
    const { remove, status } = this.#card.parts;
    remove.disabled = true;
    try {
      await requestJson(this.#url, { method: "DELETE", keepalive: true });
      onRemoved();
    } catch (error) {
      status.textContent = error.message;
      this.#undo.cancel();
    } finally {
      remove.disabled = false;
    }
  }
}
