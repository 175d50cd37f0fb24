// A plot of the four states: one lane each, with bars. The word and sign of the state stand beside its colour.
import { stateElement } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** SVG path of one lane in a box of n × 1, with its bars on the bottom edge. */
export function lanePath(values, max) {
  const steps = values.map((value, i) => `V${+(1 - (value / max) * 0.9).toFixed(3)}H${i + 1}`);
  return `M0 1${steps.join("")}V1Z`;
}

/** The element of one lane: its state and its bars. @param {string} state @param {number[]} values @param {number} max of all lanes */
export function lane(state, values, max) {
  const root = Object.assign(document.createElement("div"), { className: `lane ${state}` });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${values.length} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "bars");
  svg.setAttribute("aria-hidden", "true");
  const shape = svg.appendChild(document.createElementNS(SVG, "path"));
  shape.setAttribute("d", lanePath(values, max));
  root.append(stateElement(state), svg);
  return root;
}
