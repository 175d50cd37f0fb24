// Box arithmetic on [x1, y1, x2, y2]. Pure; counterpart of webapp/vision/boxes.py.

/** A box cut at the edges of a picture. */
export function clipBox([x1, y1, x2, y2], { width, height }) {
  const within = (value, limit) => Math.min(Math.max(value, 0), limit);
  return [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
}

/** A box scaled to a picture of another size. */
export function scaleBox([x1, y1, x2, y2], factorX, factorY) {
  return [x1 * factorX, y1 * factorY, x2 * factorX, y2 * factorY];
}

/** A box grown to a square around the same centre; padding is a fraction of the longer side, added all around. */
export function squareBox([x1, y1, x2, y2], padding) {
  const half = Math.max(x2 - x1, y2 - y1) * (0.5 + padding);
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return [x - half, y - half, x + half, y + half];
}

/** The box of which moving the edges by these fractions of its sides made this one. */
export function unmoveEdges(box, by) {
  const sides = [box[2] - box[0], box[3] - box[1]];
  return box.map((value, i) => value - (by[i] * sides[i % 2]) / (1 + by[2 + (i % 2)] - by[i % 2]));
}

/** The area in square pixels; zero where a box is inside out. */
export function area([x1, y1, x2, y2]) {
  return Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0);
}

/** The area that two boxes share, in square pixels. */
export function sharedArea(a, b) {
  return area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
}

/** Intersection over union of two boxes, in [0, 1]. */
export function boxIou(a, b) {
  const shared = sharedArea(a, b);
  return shared / Math.max(area(a) + area(b) - shared, 1e-9);
}

/**
 * Greedy non-maximum suppression.
 * @param {number[][]} boxes
 * @param {number[]} scores a box that scores 0 is not kept
 * @param {number} iouThreshold boxes that overlap by more are the same face
 * @returns {number[]} indices of the boxes kept, best first
 */
export function nms(boxes, scores, iouThreshold) {
  const order = [...boxes.keys()].filter((i) => scores[i] > 0).sort((a, b) => scores[b] - scores[a]);
  const kept = [];
  for (const i of order) {
    if (kept.every((other) => boxIou(boxes[i], boxes[other]) <= iouThreshold)) kept.push(i);
  }
  return kept;
}
