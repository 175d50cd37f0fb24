// Labels as files have them, before the picture is known; and what of them can be used. Pure.
import { boxOf } from "../model/boxes.js";
import { labelNamed } from "./label_names.js";

/**
 * @typedef {object} RawFace
 * @property {string} name as the file has it
 * @property {number[]} corners x1, y1, x2, y2
 * @property {boolean} [relative] in fractions of the picture's sides, not in pixels
 */
/**
 * @typedef {object} RawLabels
 * @property {RawFace[]} faces
 * @property {{width: number, height: number} | null} size of the picture that was labelled
 * @property {number} unreadable how many shapes or lines had no label or no box
 * @property {boolean} [checked] whether the file says that a person has seen the boxes
 */

/** Tools round, and some count pixels from 1: see model_training/data/formats/box_validation.py. */
const SLACK_PX = 1.5;

/** A size in a label file; null where it is not positive, as some tools write 0 x 0. */
export function sizeOf(width, height) {
  const size = { width: Math.trunc(Number(width)), height: Math.trunc(Number(height)) };
  return size.width > 0 && size.height > 0 ? size : null;
}

/** Factors from the picture as it was labelled to the picture as it is; null if one cannot be the other, enlarged or reduced. */
function factors(labelled, size) {
  if (!labelled) return [1, 1];
  const [x, y] = [size.width / labelled.width, size.height / labelled.height];
  const tolerance = 1 / Math.min(labelled.width, labelled.height, size.width, size.height) + 0.005;
  return Math.abs(x / y - 1) <= tolerance ? [x, y] : null;
}

/**
 * The boxes that can be used, and sentences about the others.
 * @param {RawLabels} labels
 * @param {{width: number, height: number}} size of the picture, pixels
 * @returns {{boxes: import("../model/boxes.js").Box[], problems: string[]}}
 */
export function usableBoxes({ faces, size: labelled, unreadable }, size) {
  const scale = factors(labelled, size);
  if (!scale && faces.length) {
    return { boxes: [], problems: [`it was labelled at ${labelled.width} × ${labelled.height} pixels but has ${size.width} × ${size.height}; its boxes are left out`] };
  }
  const boxes = [];
  const problems = unreadable ? [`${unreadable} of its boxes ${unreadable === 1 ? "has" : "have"} no label or no place; left out`] : [];
  for (const { name, corners, relative } of faces) {
    const label = labelNamed(name);
    if (!label) problems.push(`the label “${name}” is unknown; its box is left out`);
    else {
      const [fx, fy] = relative ? [size.width, size.height] : scale;
      const [box, problem] = checkedBox([corners[0] * fx, corners[1] * fy, corners[2] * fx, corners[3] * fy], size, label);
      if (box) boxes.push(box);
      if (problem) problems.push(problem);
    }
  }
  return { boxes, problems };
}

function checkedBox(corners, size, label) {
  const [x1, y1, x2, y2] = corners;
  if (!corners.every(Number.isFinite)) return [null, "a box has no numbers; left out"];
  if (x2 <= x1 || y2 <= y1) return [null, "a box has no size; left out"];
  const cut = [Math.max(x1, 0), Math.max(y1, 0), Math.min(x2, size.width), Math.min(y2, size.height)];
  if (cut[2] <= cut[0] || cut[3] <= cut[1]) return [null, "a box lies outside the picture; left out"];
  const reach = Math.max(...cut.map((value, i) => Math.abs(value - corners[i])));
  return [boxOf(cut, label), reach > SLACK_PX ? "a box reached out of the picture; cut at the edge" : null];
}
