// Draws the timeline under a video; its slider seeks by pointer or keyboard.
import { STATE_NAMES } from "../shared/faces/face_states.js";
import { lane } from "../shared/lanes.js";
import { lanes, positionText, timelineText } from "./timeline.js";

const SPANS = 240;

/** Draw one lane for each state and connect the slider with the video. */
export function plotTimeline({ plot, timelineText: text, name }, video, frames) {
  const duration_s = Number.isFinite(video.duration) ? video.duration : Math.max(...frames.map((frame) => frame.time_s), 0.001);
  const { byState, max } = lanes(frames, duration_s, SPANS);
  plot.replaceChildren(...STATE_NAMES.map((state) => lane(state, byState[state], max)), seekSlider(video, frames, duration_s, name.textContent));
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
