// The room that the browser has left for this site, in words. Pure but for the question.
import { megabytes } from "../../shared/numbers.js";

/** With less room than this, the page says so. */
const LITTLE_BYTES = 50_000_000;

const size = (bytes) => (bytes < 1e9 ? megabytes(bytes) : `${(bytes / 1e9).toFixed(1)}\u00a0GB`);

/**
 * @param {number} count of pictures @param {number} bytes of their JPEGs
 * @param {{usage?: number, quota?: number}} estimate of the browser
 * @returns {{text: string, little: boolean}}
 */
export function roomText(count, bytes, { usage, quota }) {
  const kept = `${count === 1 ? "1 picture" : `${count} pictures`}, ${size(bytes)}`;
  if (!quota) return { text: `${kept}. This browser does not say how much room is left.`, little: false };
  const left = Math.max(0, quota - (usage ?? 0));
  const little = left < LITTLE_BYTES;
  return { text: `${kept}. Room left on this device: ${size(left)}.${little ? " Export the collection soon." : ""}`, little };
}

/** The browser's estimate; empty where it gives none. */
export async function estimateRoom(storage = globalThis.navigator?.storage) {
  try {
    return await storage.estimate();
  } catch {
    return {};
  }
}
