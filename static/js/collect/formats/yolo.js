// YOLO text: one file a picture, one line a face: class, centre and size in fractions of the picture's sides. Pure.
import { LABELS } from "../../shared/faces/face_states.js";

/** Name of the file that has a name a line. */
export const CLASSES = "classes.txt";

/** The names, for CLASSES. */
export const classesText = () => `${LABELS.join("\n")}\n`;

/** @param {import("../model/picture.js").Picture} picture */
export function yoloText({ width, height, boxes }) {
  return boxes
    .map(({ x, y, w, h, label }) => {
      const values = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height];
      return `${LABELS.indexOf(label)} ${values.map((value) => value.toFixed(6)).join(" ")}\n`;
    })
    .join("");
}

/** @param {string} text @param {string[]} names of CLASSES @returns {import("./raw_labels.js").RawLabels} */
export function readYolo(text, names) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  const faces = lines.map((line) => faceOf(line, names)).filter(Boolean);
  return { faces, size: null, unreadable: lines.length - faces.length };
}

function faceOf(line, names) {
  const [kind, ...values] = line.trim().split(/\s+/).map(Number);
  if (!Number.isInteger(kind) || values.some(Number.isNaN)) return null;
  const name = names.length ? names[kind] : String(kind);
  if (name === undefined) return null;
  // Behind centre and size a detector writes a score; a longer line is an outline.
  if (values.length === 4 || values.length === 5) {
    const [x, y, w, h] = values;
    return { name, corners: [x - w / 2, y - h / 2, x + w / 2, y + h / 2], relative: true };
  }
  if (values.length < 6 || values.length % 2) return null;
  const [xs, ys] = [0, 1].map((axis) => values.filter((_, i) => i % 2 === axis));
  return { name, corners: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], relative: true };
}
