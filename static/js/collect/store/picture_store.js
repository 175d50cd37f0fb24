// Keeps the pictures of a collection in the browser's database; what it cannot keep lasts as long as the page.
import { COLLECTION, inStores } from "../../shared/storage/database.js";

/** Why pictures are not kept, in words, by kind of trouble. */
export const TROUBLE_TEXT = {
  full: "This device has no room for more pictures. Those that are not kept last as long as this page: export the collection, or delete pictures.",
  refused: "This browser keeps nothing here, as in a private window. The pictures last as long as this page: export the collection before you close it.",
};

/** Event: "trouble", `trouble` or `unsaved` has another value. */
export class PictureStore extends EventTarget {
  /** A key of TROUBLE_TEXT, or null. */
  trouble = null;
  #run;
  /** Of pictures that the database has not taken: what to put. */
  #waiting = new Map();
  #removed = new Set();
  #writing = Promise.resolve();
  #stopped = false;

  /** @param {typeof inStores} [run] does something in the stores of the collection */
  constructor(run = inStores) {
    super();
    this.#run = (mode, act) => run(COLLECTION, mode, act);
  }

  /** Write nothing any more, or go on: another tab has the collection, or gave it back. Pictures that were never kept still wait. */
  set stopped(stopped) {
    this.#stopped = stopped;
    if (!stopped) return;
    for (const [id, { jpeg }] of this.#waiting) if (!jpeg) this.#waiting.delete(id);
    this.#removed.clear();
  }

  /** How many pictures last only as long as the page. */
  get unsaved() {
    return this.#waiting.size;
  }

  /** All pictures that are kept, and those that could not be. @returns {Promise<import("../model/picture.js").Picture[]>} */
  async pictures() {
    await this.#writing;
    const kept = new Map();
    try {
      for (const picture of await this.#run("readonly", ({ pictures }) => pictures.getAll())) kept.set(picture.id, picture);
    } catch (error) {
      this.#tell(kindOf(error));
    }
    for (const [id, { picture }] of this.#waiting) kept.set(id, picture);
    for (const id of this.#removed) kept.delete(id);
    return [...kept.values()];
  }

  /**
   * Keep pictures and forget others, in the order of the calls. Never throws: see `trouble`.
   * @param {import("../model/picture.js").Picture[]} puts
   * @param {string[]} removed ids; their JPEGs stay until `sweep`, so that they can come back
   * @param {Map<string, Blob>} jpegs of new pictures, by id
   */
  save(puts, removed, jpegs) {
    if (this.#stopped) return this.#writing;
    for (const picture of puts) {
      this.#removed.delete(picture.id);
      this.#waiting.set(picture.id, { picture, jpeg: jpegs.get(picture.id) ?? this.#waiting.get(picture.id)?.jpeg });
    }
    for (const id of removed) this.#removed.add(id);
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** The JPEG of a picture; undefined where there is none. @returns {Promise<Blob | undefined>} */
  async jpeg(id) {
    const waiting = this.#waiting.get(id)?.jpeg;
    if (waiting) return waiting;
    await this.#writing;
    return this.#run("readonly", ({ jpegs }) => jpegs.get(id)).catch(() => undefined);
  }

  /** Delete the JPEGs of pictures that are no more. */
  sweep() {
    this.#writing = this.#writing.then(async () => {
      for (const id of this.#removed) this.#waiting.delete(id);
      const act = ({ pictures, jpegs }) => {
        const there = pictures.getAllKeys();
        const all = jpegs.getAllKeys();
        all.onsuccess = () => {
          const ids = new Set(there.result);
          for (const id of all.result) if (!ids.has(id)) jpegs.delete(id);
        };
      };
      await this.#run("readwrite", act).catch(() => {});
      this.#tell(this.trouble);
    });
    return this.#writing;
  }

  /** Everything that waits, in one transaction; without room for all, one picture after the other, as far as the room goes. */
  async #write() {
    const removed = [...this.#removed];
    const waiting = [...this.#waiting];
    if (this.#stopped || (!waiting.length && !removed.length)) return;
    let trouble = await this.#put(waiting, removed);
    if (trouble === "full") {
      await this.#put([], removed);
      for (const entry of waiting) if ((trouble = await this.#put([entry], removed))) break;
    }
    this.#tell(trouble);
  }

  /** @returns {Promise<string | null>} a key of TROUBLE_TEXT, or null */
  async #put(entries, removed) {
    const act = ({ pictures, jpegs }) => {
      for (const id of removed) pictures.delete(id);
      for (const [id, { picture, jpeg }] of entries) {
        if (!removed.includes(id)) pictures.put(picture);
        if (jpeg) jpegs.put(jpeg, id);
      }
    };
    try {
      await this.#run("readwrite", act);
    } catch (error) {
      return kindOf(error);
    }
    // What changed meanwhile still waits.
    for (const [id, written] of entries) if (this.#waiting.get(id) === written) this.#waiting.delete(id);
    for (const id of removed) this.#removed.delete(id);
    return null;
  }

  #tell(trouble) {
    this.trouble = trouble;
    this.dispatchEvent(new Event("trouble"));
  }
}

const kindOf = (error) => (error?.name === "QuotaExceededError" ? "full" : "refused");
