// Boxes of a picture: move, resize, draw, and keep them inside it. Pure.

/** @typedef {{x: number, y: number, w: number, h: number, label: string}} Box left, top, width, height, in pixels of the picture */
/** @typedef {{width: number, height: number}} Size of the picture, pixels */

/** A box of fewer pixels a side shows no face that a network could learn. */
export const SMALLEST_PX = 8;

const tenth = (value) => Math.round(value * 10) / 10;
const within = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

const rounded = ({ x, y, w, h, label }) => ({ x: tenth(x), y: tenth(y), w: tenth(w), h: tenth(h), label });

/** Corners as a box. @returns {Box} */
export const boxOf = ([x1, y1, x2, y2], label) => rounded({ x: x1, y: y1, w: x2 - x1, h: y2 - y1, label });

/** A box as corners. @returns {number[]} x1, y1, x2, y2 */
export const cornersOf = ({ x, y, w, h }) => [x, y, tenth(x + w), tenth(y + h)];

/** The box moved, as far as the picture allows. @param {Box} box @param {Size} size */
export function movedBox(box, dx, dy, size) {
  return rounded({ ...box, x: within(box.x + dx, 0, size.width - box.w), y: within(box.y + dy, 0, size.height - box.h) });
}

/**
 * The box with some of its edges moved; it stays inside the picture and keeps the smallest size.
 * @param {Box} box
 * @param {string} edges of "nesw": those that move
 * @param {Size} size
 */
export function resizedBox(box, edges, dx, dy, size) {
  let [x1, y1, x2, y2] = [box.x, box.y, box.x + box.w, box.y + box.h];
  if (edges.includes("w")) x1 = within(x1 + dx, 0, x2 - SMALLEST_PX);
  if (edges.includes("e")) x2 = within(x2 + dx, x1 + SMALLEST_PX, size.width);
  if (edges.includes("n")) y1 = within(y1 + dy, 0, y2 - SMALLEST_PX);
  if (edges.includes("s")) y2 = within(y2 + dy, y1 + SMALLEST_PX, size.height);
  return boxOf([x1, y1, x2, y2], box.label);
}

/** The box between two points, inside the picture; null if it is smaller than a box may be. @param {Size} size */
export function drawnBox(from, to, size, label) {
  const xs = [from.x, to.x].map((x) => within(x, 0, size.width)).sort((a, b) => a - b);
  const ys = [from.y, to.y].map((y) => within(y, 0, size.height)).sort((a, b) => a - b);
  if (xs[1] - xs[0] < SMALLEST_PX || ys[1] - ys[0] < SMALLEST_PX) return null;
  return boxOf([xs[0], ys[0], xs[1], ys[1]], label);
}

/** A box in the middle of a part of the picture, a third as large. @param {{x: number, y: number} & Size} part @param {Size} size */
export function middleBox(part, size, label) {
  const [w, h] = [part.width / 3, part.height / 3].map((length) => Math.max(length, SMALLEST_PX));
  return movedBox({ x: part.x + (part.width - w) / 2, y: part.y + (part.height - h) / 2, w, h, label }, 0, 0, size);
}
