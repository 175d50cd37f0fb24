// Boxes in words, for screen readers. Pure.
import { STATES } from "../../shared/faces/face_states.js";

const px = (value) => Math.round(value);

/** "Box 1 of 2, Mask, 120 by 140 pixels, at 300, 80". @param {import("../model/boxes.js").Box} box */
export function boxText(box, index, all) {
  return `Box ${index + 1} of ${all}, ${STATES[box.label].word}, ${placeText(box)}`;
}

/** "120 by 140 pixels, at 300, 80". */
export function placeText({ x, y, w, h }) {
  return `${px(w)} by ${px(h)} pixels, at ${px(x)}, ${px(y)}`;
}

/** What a step did, for "undo": "move a box". */
export const STEPS = { move: "move a box", resize: "resize a box", draw: "draw a box", add: "add a box", delete: "delete a box", label: "relabel a box" };

/** What was done, as a sentence. */
export function doneText(kind, box) {
  if (kind === "delete") return "Box deleted.";
  if (kind === "label") return `${STATES[box.label].word}.`;
  return `${{ move: "Moved", resize: "Resized", draw: "Drawn", add: "Added" }[kind]}: ${placeText(box)}.`;
}
