// Frames of a playing video: a callback for each new frame, and frames as JPEG.
import { fitWithin } from "../../shared/faces/geometry.js";

/** Call back for every new frame of a video until the returned function is called. */
export function eachFrame(video, callback) {
  let stopped = false;
  const byVideo = "requestVideoFrameCallback" in video;
  const request = () => (byVideo ? video.requestVideoFrameCallback(next) : requestAnimationFrame(next));
  const next = (now, metadata) => {
    if (stopped) return;
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) callback(metadata?.captureTime ?? now);
    request();
  };
  request();
  return () => (stopped = true);
}

/** Encodes the current frame of a video as a small JPEG. */
export class FrameGrabber {
  #canvas = null;
  #maxPx;

  constructor(maxPx) {
    this.#maxPx = maxPx;
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {number} longerSide_px of the JPEG, at most
   * @param {number} quality of the JPEG, from 0 to 1
   * @returns {Promise<{jpeg: ArrayBuffer, width: number, height: number}>}
   */
  async grab(video, longerSide_px, quality) {
    const size = fitWithin({ width: video.videoWidth, height: video.videoHeight }, longerSide_px, this.#maxPx);
    this.#canvas ??= new OffscreenCanvas(1, 1);
    if (this.#canvas.width !== size.width || this.#canvas.height !== size.height) Object.assign(this.#canvas, size);
    this.#canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, size.width, size.height);
    const blob = await this.#canvas.convertToBlob({ type: "image/jpeg", quality });
    return { jpeg: await blob.arrayBuffer(), ...size };
  }
}
