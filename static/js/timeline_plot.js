// Draws the timeline under a film; a click goes to that moment.
import { stateElement } from "./elements.js";
import { LABELS } from "./states.js";
import { lanePath, lanes, timelineWords } from "./timeline.js";

const SPANS = 240;
const SVG = "http://www.w3.org/2000/svg";

/** Fill a figure with one lane a state and tie it to the film. */
export function plotTimeline({ plot, words }, video, frames) {
  const duration_s = Number.isFinite(video.duration) ? video.duration : Math.max(...frames.map((frame) => frame.time_s), 0.001);
  const { byLabel, most } = lanes(frames, duration_s, SPANS);
  const playhead = Object.assign(document.createElement("div"), { className: "playhead" });
  plot.replaceChildren(...LABELS.map((label) => lane(label, lanePath(byLabel[label], most))), playhead);
  words.textContent = timelineWords(frames);
  plot.addEventListener("click", (event) => {
    const { left, width } = plot.getBoundingClientRect();
    video.currentTime = ((event.clientX - left) / width) * duration_s;
  });
  video.addEventListener("timeupdate", () => (playhead.style.left = `${(100 * video.currentTime) / duration_s}%`));
}

function lane(label, path) {
  const root = Object.assign(document.createElement("div"), { className: `lane ${label}` });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${SPANS} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "bars");
  svg.setAttribute("aria-hidden", "true");
  const shape = svg.appendChild(document.createElementNS(SVG, "path"));
  shape.setAttribute("d", path);
  root.append(stateElement(label), svg);
  return root;
}
