// The duration of a video file, from its metadata.

const TIMEOUT_MS = 4000;

/** Seconds, or null if unknown: the browser cannot play the format, a recording without a duration, or a timeout. */
export function videoDuration(file, timeout_ms = TIMEOUT_MS) {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      resolve(Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null);
      video.removeAttribute("src");
      video.load();
      URL.revokeObjectURL(url);
    };
    const timer = setTimeout(finish, timeout_ms);
    for (const type of ["loadedmetadata", "error"]) video.addEventListener(type, finish, { once: true });
    video.preload = "metadata";
    video.src = url;
  });
}
