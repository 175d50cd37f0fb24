// Draws the timeline under a video; its slider seeks by pointer or keyboard.
import { stateElement } from "../shared/dom.js";
import { STATE_NAMES } from "../shared/face_states.js";
import { lanePath, lanes, positionText, timelineText } from "./timeline.js";

const SPANS = 240;
const SVG = "http://www.w3.org/2000/svg";

/** Draw one lane for each state and connect the slider with the video. */
export function plotTimeline({ plot, timelineText: text, name }, video, frames) {
  const duration_s = Number.isFinite(video.duration) ? video.duration : Math.max(...frames.map((frame) => frame.time_s), 0.001);
  const { byState, max } = lanes(frames, duration_s, SPANS);
  plot.replaceChildren(...STATE_NAMES.map((state) => lane(state, lanePath(byState[state], max))), seekSlider(video, frames, duration_s, name.textContent));
  text.textContent = timelineText(frames);
}

// A native slider over all lanes: its thumb is the playhead, and keyboard, touch and screen readers work.
function seekSlider(video, frames, duration_s, name) {
  const slider = Object.assign(document.createElement("input"), { type: "range", className: "playhead", min: 0, max: duration_s, step: "any", value: 0 });
  slider.setAttribute("aria-label", `Position in the video ${name}`);
  const show = (time_s) => {
    slider.value = time_s;
    slider.setAttribute("aria-valuetext", positionText(frames, time_s, duration_s));
  };
  slider.addEventListener("input", () => {
    video.currentTime = slider.valueAsNumber;
    show(slider.valueAsNumber);
  });
  // While the video seeks, the slider stays at the chosen position.
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
