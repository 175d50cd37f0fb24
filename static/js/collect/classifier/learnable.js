// What a collection has for a visitor's own classifier, and what it lacks, in words. Pure.
import { MIN_PER_LABEL } from "../../device/personal/fitting.js";
import { LABELS, STATES } from "../../shared/faces/face_states.js";
import { isUsed } from "../model/picture.js";

/** @typedef {import("../model/picture.js").Picture} Picture */

/** The pictures that are learnt from, sitting by sitting, in the order in which they were taken. @param {Picture[]} pictures */
export const learntPictures = (pictures) => pictures.filter(isUsed).sort((a, b) => a.sitting - b.sitting || a.order - b.order);

const counted = (count, one, more) => (count === 1 ? `1 ${one}` : `${count} ${more}`);

/**
 * Whether there is enough, and what is to be said before the visitor begins.
 * @param {Picture[]} pictures
 * @returns {{refusal: string | null, notes: string[]}} sentences
 */
export function readiness(pictures) {
  const rows = rowsOf(learntPictures(pictures));
  const learnt = rows.filter(({ boxes }) => boxes >= MIN_PER_LABEL);
  if (rows.length === 0) return refused("There is no picture with a box yet.");
  const having = rows.map(({ word, boxes }) => `“${word}” has ${counted(boxes, "box", "boxes")}`).join(", ");
  if (rows.length === 1) return refused(`All boxes show one state: ${having}. It needs ${MIN_PER_LABEL} boxes or more of at least two states.`);
  if (learnt.length < 2) return refused(`${having}. It needs ${MIN_PER_LABEL} boxes or more of at least two states.`);
  return { refusal: null, notes: [...fewNotes(rows), ...sittingNotes(learnt)] };
}

const refused = (refusal) => ({ refusal, notes: [] });

/** The boxes and sittings of each state that there is. */
function rowsOf(pictures) {
  return LABELS.map((label) => {
    const having = pictures.filter(({ boxes }) => boxes.some((box) => box.label === label));
    const boxes = having.reduce((total, picture) => total + picture.boxes.filter((box) => box.label === label).length, 0);
    return { word: STATES[label].word, boxes, sittings: [...new Set(having.map(({ sitting }) => sitting))] };
  }).filter(({ boxes }) => boxes > 0);
}

function fewNotes(rows) {
  const few = rows.filter(({ boxes }) => boxes < MIN_PER_LABEL);
  return few.map(({ word, boxes }) => `“${word}” has only ${counted(boxes, "box", "boxes")}: it is not learnt, for that takes ${MIN_PER_LABEL}.`);
}

function sittingNotes(learnt) {
  const sittings = new Set(learnt.flatMap((row) => row.sittings));
  if (sittings.size === 1) return ["All of it is from one sitting: it works, but what it brings is measured on pictures that resemble each other, which flatters. A second sitting, under another lamp, makes it better and tells more."];
  const single = learnt.filter((row) => row.sittings.length === 1);
  return single.map(({ word, sittings: [only] }) => `“${word}” is in sitting ${only} alone: take it in another sitting too, else nothing tells the state from the sitting.`);
}
