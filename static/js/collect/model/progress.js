// How much there is, by label and sitting, against what is enough. Pure.
import { LABELS, STATES } from "../../shared/faces/face_states.js";
import { isUsed } from "./picture.js";

/** What a first model of one's own needs of each label. */
export const ENOUGH = { pictures: 30, sittings: 2 };

/**
 * @typedef {object} Row
 * @property {string} label
 * @property {number[]} counts pictures with such a face, by sitting
 * @property {number} total
 * @property {number} sittings how many of them have any
 * @property {boolean} enough
 */

/**
 * @param {import("./picture.js").Picture[]} pictures
 * @returns {{sittings: number[], rows: Row[], used: number, leftOut: number, withoutBox: number, enough: boolean}} `withoutBox`: neither used nor left out
 */
export function progressOf(pictures) {
  const sittings = [...new Set(pictures.map(({ sitting }) => sitting))].sort((a, b) => a - b);
  const used = pictures.filter(isUsed);
  const rows = LABELS.map((label) => {
    const having = used.filter(({ boxes }) => boxes.some((box) => box.label === label));
    const counts = sittings.map((sitting) => having.filter((picture) => picture.sitting === sitting).length);
    const present = counts.filter((count) => count > 0).length;
    return { label, counts, total: having.length, sittings: present, enough: having.length >= ENOUGH.pictures && present >= ENOUGH.sittings };
  });
  const leftOut = pictures.filter((picture) => picture.leftOut).length;
  return { sittings, rows, used: used.length, leftOut, withoutBox: pictures.length - used.length - leftOut, enough: rows.every((row) => row.enough) };
}

/** What a label still needs, as a sentence. @param {Row} row */
export function missingText({ label, total, sittings, enough }) {
  const { word } = STATES[label];
  if (enough) return `${word}: enough`;
  const pictures = ENOUGH.pictures - total;
  const parts = [
    ...(pictures > 0 ? [`${pictures} more ${pictures === 1 ? "picture" : "pictures"}`] : []),
    ...(total > 0 && sittings < ENOUGH.sittings ? ["a second sitting"] : []),
  ];
  return total === 0 ? `${word}: no picture yet` : `${word}: ${parts.join(" and ")}`;
}
