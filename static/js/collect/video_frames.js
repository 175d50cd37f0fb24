// Frames of a video file, taken in the browser.
import { frameTimes } from "./model/frame_times.js";
import { frameJpeg } from "./picture_file.js";

const STEP_TIMEOUT_MS = 15_000;
const UNREADABLE = "This browser cannot play this video. Save it as MP4 with H.264, or as WebM, and try again.";

/** @throws {Error} with a message for the visitor, if the event does not come */
function happened(video, type) {
  return new Promise((resolve, reject) => {
    const settle = (done) => () => {
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
      done();
    };
    const listeners = { [type]: settle(resolve), error: settle(() => reject(new Error(UNREADABLE))) };
    const timer = setTimeout(listeners.error, STEP_TIMEOUT_MS);
    for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
  });
}

/** The length of a video; recordings of browsers have none until their end was reached. */
async function durationOf(video) {
  if (video.duration === Infinity) {
    const changed = happened(video, "durationchange");
    video.currentTime = 1e6;
    await changed;
  }
  if (!Number.isFinite(video.duration) || !video.videoWidth) throw new Error(UNREADABLE);
  return video.duration;
}

/**
 * JPEGs of a video's frames.
 * @param {File} file
 * @returns {AsyncGenerator<{jpeg: Blob, number: number, all: number}>}
 * @throws {Error} with a message for the visitor
 */
export async function* videoFrames(file) {
  const video = Object.assign(document.createElement("video"), { muted: true, preload: "auto", playsInline: true });
  const url = URL.createObjectURL(file);
  try {
    const loaded = happened(video, "loadeddata");
    video.src = url;
    await loaded;
    const times = frameTimes(await durationOf(video));
    for (const [i, time] of times.entries()) {
      const sought = happened(video, "seeked");
      video.currentTime = time;
      await sought;
      yield { jpeg: await frameJpeg(video), number: i + 1, all: times.length };
    }
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}
