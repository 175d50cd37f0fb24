// Model files: fetched once, compared with the checksum that the page expects, kept in the browser's cache.
import { DeviceError } from "../failures.js";

const CACHE = "mask-mirror-models";

/**
 * Reads model files. Each is kept under the checksum that the page names, so a page never meets a model of another version.
 */
export class ModelStore {
  /** Whether the last file could not be kept. */
  noRoom = false;
  #caches;
  #fetch;
  #digest;

  /** @param {{caches?: CacheStorage, fetch: typeof fetch, digest: (bytes: Uint8Array) => Promise<string>}} browser digest: SHA-256, in hex */
  constructor({ caches, fetch, digest }) {
    this.#caches = caches;
    this.#fetch = fetch;
    this.#digest = digest;
  }

  /**
   * The bytes of a model file.
   * @param {{url: string, sha256: string}} model
   * @returns {Promise<Uint8Array>}
   * @throws {DeviceError} unreachable, or twice not the file that the page expects
   */
  async read({ url, sha256 }) {
    const key = `${url}?sha256=${sha256}`;
    const cache = await this.#open();
    const kept = await cache?.match(key);
    const bytes = kept && (await this.#sound(kept, sha256));
    if (bytes) return bytes;
    await cache?.delete(key);
    // The HTTP cache may hold a cut or older file: the second attempt goes past it.
    for (const mode of ["default", "reload"]) {
      const response = await this.#request(key, mode);
      const copy = response.clone();
      const fetched = await this.#sound(response, sha256);
      if (fetched) {
        await this.#keep(cache, url, key, copy);
        return fetched;
      }
    }
    throw new DeviceError("bad_model");
  }

  async #open() {
    try {
      return await this.#caches?.open(CACHE);
    } catch {
      // Private windows of some browsers have no cache.
      this.noRoom = true;
      return undefined;
    }
  }

  async #request(url, cache) {
    let response;
    try {
      response = await this.#fetch(url, { cache });
    } catch (error) {
      throw new DeviceError("unreachable", error);
    }
    if (!response.ok) throw new DeviceError("unreachable");
    return response;
  }

  async #sound(response, sha256) {
    try {
      const bytes = new Uint8Array(await response.arrayBuffer());
      return (await this.#digest(bytes)) === sha256 ? bytes : null;
    } catch {
      return null;
    }
  }

  /** Keep a file and remove its other versions, so that the cache holds one file a model. */
  async #keep(cache, url, key, response) {
    try {
      await cache?.put(key, response);
      this.noRoom = cache === undefined;
      for (const request of (await cache?.keys()) ?? []) {
        const other = new URL(request.url);
        if (other.pathname === new URL(url, other).pathname && other.search !== new URL(key, other).search) await cache.delete(request);
      }
    } catch {
      this.noRoom = true;
    }
  }
}

/** SHA-256 in hex. */
export async function sha256Hex(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
