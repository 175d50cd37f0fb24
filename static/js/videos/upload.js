// Uploads a video. XMLHttpRequest, because fetch reports no upload progress.
import { ApiError } from "../shared/api.js";

/**
 * Upload a video.
 * @param {string} url
 * @param {File} file
 * @param {(fraction: number) => void} onProgress called with the fraction that was sent, 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the new job; rejects with an ApiError or an AbortError
 */
export function upload(url, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("video", file, file.name);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(new ApiError(request.responseText, request.status));
    });
    request.addEventListener("error", () => reject(new ApiError("", 0)));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.send(body);
  });
}
