// Annotated pictures: a frame or photo in full size with the boxes of its faces.
import { mapBox } from "./geometry.js";
import { drawMarks } from "./overlay.js";

/**
 * Draw a picture and its faces, and return them as PNG.
 * @param {CanvasImageSource & {width: number, height: number}} picture
 * @param {{width: number, height: number, faces: object[]}} result faces with their states, in pixels of the frame that was sent
 * @param {boolean} mirrored
 * @returns {Promise<Blob>}
 */
export function annotatedPng(picture, result, mirrored = false) {
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  if (mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(picture, 0, 0);
  context.resetTransform();
  drawMarks(context, faceMarks(result, { x: 0, y: 0, width, height }, mirrored), pictureUnit(picture));
  return canvas.convertToBlob({ type: "image/png" });
}

/** The faces of a result, with their states, as marks to draw inside a rectangle. */
export function faceMarks(result, rect, mirrored = false) {
  return result.faces.map((face) => ({
    ...mapBox(face.box, result, rect, mirrored),
    state: face.state,
    score: face.label_score,
    ...(face.number !== undefined && { number: face.number }),
  }));
}

/** Drawing unit on a screen; smaller for a narrow picture, so that tags cover less of the faces. */
export function screenUnit(width_px) {
  return Math.min(1, Math.max(0.75, width_px / 640));
}

/**
 * Drawing unit in a saved picture: what one CSS pixel is where the picture is 800 wide or high; labels fit the shorter side of a
 * long strip (webapp/vision/styles.py).
 */
export function pictureUnit({ width, height }) {
  return Math.max(0.75, Math.min(Math.max(width, height) / 800, Math.min(width, height) / 200));
}
