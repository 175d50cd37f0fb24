// A picture of the mirror: the very frame that was looked at, in full size, with its boxes.
import { mapBox } from "./geometry.js";
import { drawMarks } from "./overlay.js";

/**
 * Draw a picture and its faces, and return them as PNG.
 * @param {CanvasImageSource & {width: number, height: number}} picture
 * @param {{width: number, height: number, faces: object[]}} answer faces with their states, in pixels of the frame that was sent
 * @param {boolean} mirrored
 * @returns {Promise<Blob>}
 */
export function picturePng(picture, answer, mirrored = false) {
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  if (mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(picture, 0, 0);
  context.resetTransform();
  drawMarks(context, marksOn(answer, { x: 0, y: 0, width, height }, mirrored), lineUnit(picture));
  return canvas.convertToBlob({ type: "image/png" });
}

/** Faces of an answer, with their states, as marks to draw within a rectangle. */
export function marksOn(answer, rect, mirrored = false) {
  return answer.faces.map((face) => ({ ...mapBox(face.box, answer, rect, mirrored), state: face.state, score: face.label_score }));
}

/** Lines and letters on a screen: smaller where the picture is, so that they leave the faces free. */
export function screenUnit(width_px) {
  return Math.min(1, Math.max(0.75, width_px / 640));
}

/** How much larger lines and letters must be so that a large picture shows them as a screen does. */
export function lineUnit({ width, height }) {
  return Math.max(1, Math.max(width, height) / 1000);
}
