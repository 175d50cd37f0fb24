// Pictures of a collection for tests.
import { UNSEEN } from "../../../static/js/collect/model/picture.js";

/** A picture with one box of each label. @returns {import("../../../static/js/collect/model/picture.js").Picture} */
export function picture(id, labels = [], fields = {}) {
  const boxes = labels.map((label, i) => ({ x: 10 + 50 * i, y: 20.5, w: 40, h: 48.3, label }));
  return { ...UNSEEN, id, sitting: 1, state: labels[0] ?? null, width: 640, height: 480, boxes, proposal: "done", hash: "0".repeat(64), ...fields };
}

/** A store that keeps pictures in memory. */
export class MemoryStore {
  kept = new Map();
  jpegs = new Map();

  async pictures() {
    return [...this.kept.values()];
  }

  async save(puts, removed, jpegs) {
    for (const one of puts) this.kept.set(one.id, one);
    for (const id of removed) this.kept.delete(id);
    for (const [id, jpeg] of jpegs) this.jpegs.set(id, jpeg);
  }

  async jpeg(id) {
    return this.jpegs.get(id);
  }
}
