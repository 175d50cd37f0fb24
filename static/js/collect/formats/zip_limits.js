// What a ZIP may be before anything of it is unpacked. Pure.
import { megabytes } from "../../shared/numbers.js";

export const LIMITS = { entries: 10_000, zip_bytes: 600_000_000, unpacked_bytes: 1_000_000_000, ratio: 200, ratio_from_bytes: 1_000_000 };

/** Whether a name leaves the folder that it is unpacked into, or names a drive. */
export const leavesFolder = (name) => /(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[a-z]:/i.test(name);

/** Checks the entries of a ZIP one by one, as its directory lists them; the sum of all counts, so that entries that overlap do too. */
export class ZipGuard {
  #limits;
  #entries = 0;
  #unpacked = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /** @param {{name: string, size: number, originalSize: number}} entry compressed and unpacked bytes @throws {Error} with a message for the visitor */
  check({ name, size, originalSize }) {
    const { entries, unpacked_bytes, ratio, ratio_from_bytes } = this.#limits;
    this.#entries += 1;
    this.#unpacked += originalSize;
    if (this.#entries > entries) throw new Error(`This ZIP has more than ${entries.toLocaleString("en")} files. Split it and try again.`);
    if (leavesFolder(name)) throw new Error(`This ZIP names a file outside of its folder (“${name.slice(0, 60)}”), so nothing of it was read.`);
    // Written so that a size that is no number fails too.
    if (!(this.#unpacked <= unpacked_bytes)) throw new Error(`This ZIP unpacks to more than ${megabytes(unpacked_bytes)}. Split it and try again.`);
    if (originalSize > ratio_from_bytes && originalSize > ratio * size) throw new Error("This ZIP unpacks to a file over 200 times its size, as no picture does, so nothing of it was read.");
  }
}
