// Draws the timeline under a film; its handle goes to any moment, by pointer or by keyboard.
import { stateElement } from "../shared/elements.js";
import { STATE_NAMES } from "../shared/face_states.js";
import { lanePath, lanes, momentWords, timelineWords } from "./timeline.js";

const SPANS = 240;
const SVG = "http://www.w3.org/2000/svg";

/** Fill a figure with one lane a state and tie it to the film. */
export function plotTimeline({ plot, words, name }, video, frames) {
  const duration_s = Number.isFinite(video.duration) ? video.duration : Math.max(...frames.map((frame) => frame.time_s), 0.001);
  const { byState, most } = lanes(frames, duration_s, SPANS);
  plot.replaceChildren(...STATE_NAMES.map((state) => lane(state, lanePath(byState[state], most))), handle(video, frames, duration_s, name.textContent));
  words.textContent = timelineWords(frames);
}

// A native slider across all lanes: keys, touch and screen readers work as everywhere, and its thumb is the playhead.
function handle(video, frames, duration_s, name) {
  const slider = Object.assign(document.createElement("input"), { type: "range", className: "playhead", min: 0, max: duration_s, step: "any", value: 0 });
  slider.setAttribute("aria-label", `Place in the film ${name}`);
  const show = (time_s) => {
    slider.value = time_s;
    slider.setAttribute("aria-valuetext", momentWords(frames, time_s, duration_s));
  };
  slider.addEventListener("input", () => {
    video.currentTime = slider.valueAsNumber;
    show(slider.valueAsNumber);
  });
  // While the film is on its way to a place, the handle stays there and does not jump back.
  video.addEventListener("timeupdate", () => video.seeking || show(video.currentTime));
  show(video.currentTime);
  return slider;
}

function lane(state, path) {
  const root = Object.assign(document.createElement("div"), { className: `lane ${state}` });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${SPANS} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "bars");
  svg.setAttribute("aria-hidden", "true");
  const shape = svg.appendChild(document.createElementNS(SVG, "path"));
  shape.setAttribute("d", path);
  root.append(stateElement(state), svg);
  return root;
}
