// Face crops for the mask classifier. Pure; counterpart of webapp/vision/crops.py.
import { squareBox } from "./boxes.js";
import { resizeArea, resizeLinear } from "./resize.js";
import { roundHalfEven } from "./rounding.js";

/**
 * Cut one square out of a frame and bring it to a fixed size. Parts outside of the frame repeat its edge.
 * @param {import("./resize.js").Frame} frame
 * @param {number[]} square x1, y1, x2, y2; may reach beyond the frame
 * @param {number} sizePx side of the result
 * @returns {Float32Array} RGB in [0, 255], sizePx x sizePx x 3
 */
export function cropFace(frame, square, sizePx) {
  const [x1, y1, x2, y2] = square.map(roundHalfEven);
  const rect = { x: x1, y: y1, width: Math.max(x2 - x1, 1), height: Math.max(y2 - y1, 1) };
  const resize = rect.height > sizePx ? resizeArea : resizeLinear;
  return Float32Array.from(resize(frame, rect, sizePx, sizePx));
}

/** Every face of a frame as the classifier takes it; see `cropFace` and `squareBox`. */
export function cropFaces(frame, boxes, sizePx, padding) {
  return boxes.map((box) => cropFace(frame, squareBox(box, padding), sizePx));
}
