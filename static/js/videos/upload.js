// Uploads a video so that it goes on after a lost connection or a reload (tus 1.0); tus-js-client is a classic script of the page.
import { ApiError } from "../shared/api.js";

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const REMEMBERED_MS = 24 * 3600 * 1000;
const UNREADABLE = "This file can no longer be read. Choose it again.";

/**
 * Whether an upload that broke off goes on without the visitor.
 * @param {number} status of the response, 0 without one
 * @param {boolean} begun the server knows the upload already
 */
export function goesOn(status, begun) {
  if (status === 0) return true;
  return begun && (status === 408 || status === 409 || status === 423 || (status >= 500 && status !== 507));
}

/** Forget uploads that broke off long ago; the server has deleted them. */
export async function forgetOldUploads() {
  const store = globalThis.tus.defaultOptions.urlStorage;
  const old = (await store.findAllUploads()).filter(({ creationTime }) => !(Date.now() - Date.parse(creationTime) < REMEMBERED_MS));
  await Promise.all(old.map(({ urlStorageKey }) => store.removeUpload(urlStorageKey)));
}

/** An upload of one file; `send` begins it, or goes on with it. */
export class ResumableUpload {
  #file;
  #upload;
  #onTrouble;
  #settle = null;
  #fail = null;
  #failures = 0;
  #timer = null;
  #cancelled = false;
  #online = () => this.#timer !== null && this.#start();

  /**
   * @param {File} file
   * @param {string} url where uploads begin
   * @param {{onProgress: (fraction: number) => void, onTrouble: () => void, onBegun: (id: string) => void}} events
   */
  constructor(file, url, { onProgress, onTrouble, onBegun }) {
    this.#file = file;
    this.#onTrouble = onTrouble;
    this.#upload = new globalThis.tus.Upload(file, {
      endpoint: url,
      metadata: { filename: file.name, filetype: file.type },
      removeFingerprintOnSuccess: true,
      retryDelays: null, // this class waits by itself, and says so
      onAfterResponse: refuseServerError,
      onUploadUrlAvailable: () => {
        onBegun(new URL(this.#upload.url, location.href).pathname.split("/").at(-1));
        if (this.#cancelled) this.cancel(); // it had no address yet
      },
      onProgress: (sent, total) => {
        this.#failures = 0;
        onProgress(sent / total);
      },
      onSuccess: () => this.#end(true),
      onError: (error) => this.#failed(error),
    });
  }

  /** Send what is missing; resolves to whether the server has all of it (else it was cancelled), or rejects with an Error. */
  async send() {
    const ended = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    addEventListener("online", this.#online);
    if (!this.#upload.url) {
      const [earlier] = await this.#upload.findPreviousUploads();
      if (earlier) this.#upload.resumeFromPreviousUpload(earlier);
    }
    this.#start();
    return ended;
  }

  /** Stop sending; the server deletes what it has. */
  async cancel() {
    this.#cancelled = true;
    this.#end(false);
    await this.#upload.abort(true).catch(() => undefined); // where the server cannot be reached, the upload expires
  }

  #start() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#settle) this.#upload.start();
  }

  async #failed(error) {
    const response = error.originalResponse;
    const status = response?.getStatus() ?? 0;
    const readable = status !== 0 || (await canRead(this.#file));
    if (!this.#settle) return;
    if (!readable) this.#fail(new Error(UNREADABLE));
    else if (!goesOn(status, this.#upload.url !== null)) this.#fail(new ApiError(response.getBody(), status));
    else {
      this.#onTrouble();
      this.#timer = setTimeout(() => this.#start(), RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]);
      this.#failures += 1;
      return;
    }
    this.#end(false);
  }

  #end(sent) {
    clearTimeout(this.#timer);
    this.#timer = null;
    removeEventListener("online", this.#online);
    this.#settle?.(sent); // does nothing where it has failed
    this.#settle = this.#fail = null;
  }
}

/**
 * Where the offset cannot be asked for at this time, tus-js-client would begin a new upload, which the server might refuse; an
 * error without a response lets this one be asked for again.
 * @param {{getMethod: () => string}} request @param {{getStatus: () => number}} response
 */
function refuseServerError(request, response) {
  const status = response.getStatus();
  if (request.getMethod() === "HEAD" && status >= 500) throw new Error(`The server answered with ${status}.`);
}

/** Whether a file is still there: a request that cannot read its body fails like one without a network. */
async function canRead(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
