// The collection: pictures, what was done to them, and the store that keeps them.
import { History } from "./history.js";

/** @typedef {import("./picture.js").Picture} Picture */
/**
 * Keeps pictures, see store/picture_store.js.
 * @typedef {object} Store
 * @property {() => Promise<Picture[]>} pictures
 * @property {(puts: Picture[], removed: string[], jpegs: Map<string, Blob>) => Promise<void>} save
 * @property {(id: string) => Promise<Blob | undefined>} jpeg
 */

/** Events: "change", detail: ids of the pictures that changed, came or went. */
export class Collection extends EventTarget {
  #pictures = new Map();
  #store;
  #history = new History();

  /** @param {Store} store */
  constructor(store) {
    super();
    this.#store = store;
  }

  /** Read what is kept. What was done before cannot be undone any more. */
  async load() {
    const kept = await this.#store.pictures();
    const ids = [...this.#pictures.keys(), ...kept.map(({ id }) => id)];
    this.#history.clear();
    this.#pictures = new Map(kept.map((picture) => [picture.id, picture]));
    this.#tell(ids);
  }

  /** In their order. @returns {Picture[]} */
  get pictures() {
    return [...this.#pictures.values()].sort((a, b) => a.order - b.order);
  }

  /** @returns {Picture | undefined} */
  get(id) {
    return this.#pictures.get(id);
  }

  /** The JPEG of a picture. @returns {Promise<Blob | undefined>} undefined where the browser has lost it */
  jpeg(id) {
    return this.#store.jpeg(id);
  }

  /** The words of `undo` and `redo`, null where there is nothing. */
  get undoText() {
    return this.#history.undoText;
  }

  get redoText() {
    return this.#history.redoText;
  }

  /**
   * Add a picture; pictures of one group are one step.
   * @param {Omit<Picture, "order">} picture @param {Blob} jpeg @param {{text: string, group?: string}} step
   * @returns {boolean} false: it is there already
   */
  add(picture, jpeg, step) {
    if (this.#pictures.has(picture.id)) return false;
    const order = Math.max(0, ...[...this.#pictures.values()].map((other) => other.order)) + 1;
    this.#note({ ...step, changes: [{ id: picture.id, before: null, after: { ...picture, order } }] }, new Map([[picture.id, jpeg]]));
    return true;
  }

  /** Change fields of pictures, as a step. @param {Map<string, Partial<Picture>>} fields by id @param {{text: string, group?: string}} step */
  change(fields, step) {
    const changes = [...fields]
      .filter(([id]) => this.#pictures.has(id))
      .map(([id, after]) => ({ id, before: Object.fromEntries(Object.keys(after).map((name) => [name, this.#pictures.get(id)[name]])), after }));
    if (changes.length) this.#note({ ...step, changes });
  }

  /** Change fields of a picture, though nobody asked for it: a proposal that came. It is no step. @param {Partial<Picture>} fields */
  update(id, fields) {
    if (this.#pictures.has(id)) this.#apply([{ id, after: fields }]);
  }

  /** Remove pictures, as a step. Their JPEGs are kept until the store is swept. @param {string[]} ids */
  remove(ids, text) {
    const changes = ids.filter((id) => this.#pictures.has(id)).map((id) => ({ id, before: this.#pictures.get(id), after: null }));
    if (changes.length) this.#note({ text, changes });
  }

  /** Put removed pictures back, as a step. @param {Picture[]} pictures */
  restore(pictures, text) {
    const changes = pictures.filter(({ id }) => !this.#pictures.has(id)).map((picture) => ({ id: picture.id, before: null, after: picture }));
    if (changes.length) this.#note({ text, changes });
  }

  /** The next change is a step of its own. */
  endStep() {
    this.#history.close();
  }

  /** Undo the last step. @returns {string | null} what it was */
  undo() {
    return this.#replay(this.#history.undo());
  }

  /** Do the last undone step again. @returns {string | null} what it was */
  redo() {
    return this.#replay(this.#history.redo());
  }

  /** Forget what was done. */
  forgetSteps() {
    this.#history.clear();
    this.#tell([]);
  }

  #note(step, jpegs) {
    this.#history.push(step);
    this.#apply(step.changes, jpegs);
  }

  #replay(step) {
    if (step) this.#apply(step.changes);
    return step && step.text;
  }

  #apply(changes, jpegs = new Map()) {
    for (const { id, after } of changes) {
      if (after === null) this.#pictures.delete(id);
      else if (this.#pictures.has(id) || after.id) this.#pictures.set(id, { ...this.#pictures.get(id), ...after });
    }
    const ids = [...new Set(changes.map(({ id }) => id))];
    const there = ids.filter((id) => this.#pictures.has(id));
    this.#store.save(there.map((id) => this.#pictures.get(id)), ids.filter((id) => !this.#pictures.has(id)), jpegs);
    this.#tell(ids);
  }

  #tell(ids) {
    this.dispatchEvent(new CustomEvent("change", { detail: ids }));
  }
}
