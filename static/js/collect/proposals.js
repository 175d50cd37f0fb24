// Boxes proposed by the detector, for every picture that waits for them.
import { TaskQueue } from "../shared/task_queue.js";
import { boxOf, SMALLEST_PX } from "./model/boxes.js";

/** Watches a collection. The label of a box is the state that was chosen, else the detector's. */
export class Proposals {
  #collection;
  #detection;
  #queue = new TaskQueue(2);
  #asked = new Set();

  /**
   * @param {import("./model/collection.js").Collection} collection
   * @param {import("../photos/photo_detection.js").PhotoDetection} detection
   */
  constructor(collection, detection) {
    this.#collection = collection;
    this.#detection = detection;
    collection.addEventListener("change", ({ detail }) => detail.forEach((id) => this.#ask(id)));
    detection.addEventListener("change", () => detection.place === "device" && !detection.loading && this.retry());
  }

  /** Ask again for the pictures whose detection failed. */
  retry() {
    for (const { id, proposal } of this.#collection.pictures) {
      if (proposal === "failed") this.#collection.update(id, { proposal: "waiting", failure: null });
    }
  }

  #ask(id) {
    if (this.#collection.get(id)?.proposal !== "waiting" || this.#asked.has(id)) return;
    this.#asked.add(id);
    this.#queue.run(() => this.#propose(id));
  }

  async #propose(id) {
    const fields = await this.#fields(id);
    this.#asked.delete(id);
    // Who has drawn boxes meanwhile keeps those.
    const picture = this.#collection.get(id);
    if (picture?.proposal === "waiting") this.#collection.update(id, picture.boxes.length ? { proposal: "done" } : fields);
  }

  async #fields(id) {
    const jpeg = await this.#collection.jpeg(id);
    const picture = this.#collection.get(id);
    if (!picture) return {};
    if (!jpeg) return { proposal: "failed", failure: "The browser has lost this picture. Leave it out or delete it." };
    try {
      const { faces, width, height } = await this.#detection.detect(jpeg, "image/jpeg");
      const [fx, fy] = [picture.width / width, picture.height / height];
      const boxes = faces.map(({ box: [x1, y1, x2, y2], label }) => boxOf([x1 * fx, y1 * fy, x2 * fx, y2 * fy], picture.state ?? label));
      return { proposal: "done", failure: null, boxes: boxes.filter(({ w, h, label }) => label && Math.min(w, h) >= SMALLEST_PX) };
    } catch (error) {
      return { proposal: "failed", failure: error.message };
    }
  }
}
