// Counts of faces by minute, kept on this device: numbers, and nothing else.
import { STORES, inStore } from "../shared/storage/database.js";
import { countStates } from "../shared/faces/text.js";

const MINUTE_MS = 60_000;
const KEPT_DAYS = 400;

/** @typedef {{minute: number, [state: string]: number}} Row `minute`: since 1970, UTC; and how many faces of each state */

/** The minute of a time, counted since 1970. */
export const minuteOf = (time_ms) => Math.floor(time_ms / MINUTE_MS);

/** A minute's counts, with those of more faces. @returns {Row} */
function increased(row, minute, states) {
  const counts = row ?? { minute, ...countStates([]) };
  for (const state of states) counts[state] += 1;
  return counts;
}

/** Keeps a row for each minute with faces. Where the browser keeps nothing, rows last as long as the page. */
export class CountStore {
  /** Whether the counts outlast the page. */
  kept = true;
  #rows = new Map();

  /** Count faces. @param {string[]} states one for each face */
  async add(states, time_ms) {
    const minute = minuteOf(time_ms);
    try {
      await inStore(STORES.minutes, "readwrite", (store) => {
        const request = store.get(minute);
        request.onsuccess = () => store.put(increased(request.result, minute, states));
      });
    } catch {
      this.kept = false;
      this.#rows.set(minute, increased(this.#rows.get(minute), minute, states));
    }
  }

  /** The rows of minutes from one to before another, in their order. @returns {Promise<Row[]>} */
  async rows(from = 0, before = Infinity) {
    // No range of the browser's database is empty.
    if (from >= before) return [];
    let stored = [];
    try {
      stored = await inStore(STORES.minutes, "readonly", (store) => store.getAll(IDBKeyRange.bound(from, before, false, true)));
    } catch {
      this.kept = false;
    }
    const others = [...this.#rows.values()].filter(({ minute }) => minute >= from && minute < before);
    return [...stored, ...others].sort((a, b) => a.minute - b.minute);
  }

  /** Forget all counts. */
  async clear() {
    this.#rows.clear();
    await inStore(STORES.minutes, "readwrite", (store) => store.clear()).catch(() => (this.kept = false));
  }

  /** Forget what is older than a year and a month. */
  async removeOld(now_ms) {
    const oldest = minuteOf(now_ms - KEPT_DAYS * 24 * 60 * MINUTE_MS);
    await inStore(STORES.minutes, "readwrite", (store) => store.delete(IDBKeyRange.upperBound(oldest, true))).catch(() => {});
  }
}
