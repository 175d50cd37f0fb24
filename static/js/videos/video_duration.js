// How long a film is, as far as this browser can tell without reading it whole.

const PATIENCE_MS = 4000;

/** Seconds, or null where nobody knows: a format this browser does not play, a recording without a length, no answer in time. */
export function filmLength(file, patience_ms = PATIENCE_MS) {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  return new Promise((resolve) => {
    const tell = () => {
      clearTimeout(timer);
      resolve(Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null);
      video.removeAttribute("src");
      video.load();
      URL.revokeObjectURL(url);
    };
    const timer = setTimeout(tell, patience_ms);
    for (const type of ["loadedmetadata", "error"]) video.addEventListener(type, tell, { once: true });
    video.preload = "metadata";
    video.src = url;
  });
}
