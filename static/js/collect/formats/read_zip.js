// Reads a ZIP within limits: first its directory alone, then the files that are asked for, some at a time.
import { megabytes } from "../../shared/numbers.js";
import { LIMITS, ZipGuard } from "./zip_limits.js";

const DAMAGED = "This ZIP is damaged or not a ZIP. Export it again, or choose another one.";
/** Files that are unpacked together; between two such groups the page can draw. */
const GROUP = 40;

/**
 * Open a ZIP.
 * @param {Blob} blob
 * @returns {Promise<{names: string[], files: (names: string[]) => AsyncGenerator<[string, Uint8Array]>}>} names of its files, and those that are asked for
 * @throws {Error} with a message for the visitor
 */
export async function openZip(blob, limits = LIMITS) {
  if (blob.size > limits.zip_bytes) throw new Error(`This ZIP has ${megabytes(blob.size)}. The limit is ${megabytes(limits.zip_bytes)}. Split it and try again.`);
  const { unzipSync } = await import("../../../vendor/fflate.js");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const guard = new ZipGuard(limits);
  const names = [];
  let refusal = null;
  const note = (entry) => {
    try {
      guard.check(entry);
    } catch (error) {
      refusal = error;
      throw error;
    }
    if (!entry.name.endsWith("/")) names.push(entry.name);
    return false;
  };
  /** The entries that a filter takes. The library allocates what the directory says, and unpacks no more than that. */
  const unpack = (filter) => {
    try {
      return unzipSync(bytes, { filter });
    } catch {
      throw refusal ?? new Error(DAMAGED);
    }
  };
  unpack(note);
  async function* files(asked) {
    for (let i = 0; i < asked.length; i += GROUP) {
      const group = new Set(asked.slice(i, i + GROUP));
      // Of two entries of one name the first counts.
      yield* Object.entries(unpack(({ name }) => group.delete(name)));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return { names, files };
}
