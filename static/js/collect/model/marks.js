// What a list shows of a picture, and which pictures a choice of the list shows. Pure.
import { STATES } from "../../shared/faces/face_states.js";
import { hasNoFace, isUsed } from "./picture.js";

/** @typedef {import("./picture.js").Picture} Picture */

/** Choices of the list: whether each shows a picture, given the near-duplicates. */
export const FILTERS = {
  all: () => true,
  unchecked: (picture) => isUsed(picture) && !picture.checked,
  no_face: hasNoFace,
  near: (picture, near) => near.has(picture.id),
  left_out: ({ leftOut }) => leftOut,
  waiting: ({ proposal, leftOut }) => !leftOut && proposal !== "done",
};

/** The faces of a picture in words: "Mask", "2 boxes: Mask, No mask". @param {Picture} picture */
export function boxesText({ boxes }) {
  const words = boxes.map(({ label }) => STATES[label].word);
  if (words.length === 0) return "no box";
  return words.length === 1 ? words[0] : `${words.length} boxes: ${words.join(", ")}`;
}

/**
 * What is to be said about a picture, the most important first; empty where all is well.
 * @param {Picture} picture @param {number | undefined} earlier number of the picture that it repeats
 */
export function marksOf(picture, earlier) {
  const { leftOut, proposal, failure, boxes } = picture;
  if (leftOut) return ["Left out"];
  const marks = [];
  if (proposal === "waiting") marks.push("Looking for a face…");
  if (proposal === "failed" && boxes.length === 0) marks.push(failure ?? "No box was proposed.");
  if (hasNoFace(picture)) marks.push("No face found: draw a box or leave it out");
  if (earlier) marks.push(`Near-duplicate of picture ${earlier}`);
  return marks;
}
