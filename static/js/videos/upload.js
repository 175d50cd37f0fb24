// One film on its way to the server. XMLHttpRequest, because fetch tells no progress.
import { AnswerError } from "../shared/api.js";

/**
 * Send a film.
 * @param {string} url
 * @param {File} file
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the new job; rejects with a sentence, or with an AbortError
 */
export function upload(url, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("video", file, file.name);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(new AnswerError(request.responseText, request.status));
    });
    request.addEventListener("error", () => reject(new AnswerError("", 0)));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.send(body);
  });
}
