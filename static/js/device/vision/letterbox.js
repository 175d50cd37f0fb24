// Letterboxing: scales a frame and pads it to the input size of a network. Pure; counterpart of webapp/vision/letterbox.py.
import { resizeArea, resizeLinear } from "./resize.js";
import { roundHalfEven } from "./rounding.js";

/** Divides both sides of a detector's input: its coarsest stride. */
export const MULTIPLE_PX = 32;
/** Value of the margin, in training and in serving. */
const GREY = 114;

const multiple = (side) => Math.ceil(side / MULTIPLE_PX) * MULTIPLE_PX;

/**
 * Scale a frame to a longer side and pad it with grey on the right and below.
 * @param {import("./resize.js").Frame} frame
 * @param {number} sizePx longer side of the scaled frame
 * @param {boolean} mirrored whether the frame is mirrored first
 * @returns {{input: Float32Array, width: number, height: number, factors: number[]}} RGB in [0, 255], height x width x 3, sides
 *   that 32 divides; factors from frame to result along x and y
 */
export function fitFrame(frame, sizePx, mirrored = false) {
  const scale = sizePx / Math.max(frame.width, frame.height);
  const inner = { width: Math.max(roundHalfEven(frame.width * scale), 1), height: Math.max(roundHalfEven(frame.height * scale), 1) };
  const resize = scale < 0.5 ? resizeArea : resizeLinear;
  const scaled = resize(frame, { x: 0, y: 0, width: frame.width, height: frame.height }, inner.width, inner.height);
  const [width, height] = [multiple(inner.width), multiple(inner.height)];
  const input = new Float32Array(width * height * 3).fill(GREY);
  for (let y = 0; y < inner.height; y += 1) {
    const row = scaled.subarray(y * inner.width * 3, (y + 1) * inner.width * 3);
    input.set(mirrored ? mirroredRow(row) : row, y * width * 3);
  }
  return { input, width, height, factors: [inner.width / frame.width, inner.height / frame.height] };
}

function mirroredRow(row) {
  const turned = new Uint8ClampedArray(row.length);
  for (let from = row.length - 3, to = 0; from >= 0; from -= 3, to += 3) turned.set(row.subarray(from, from + 3), to);
  return turned;
}
