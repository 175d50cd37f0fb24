// Which part of a picture is shown: all of it, or the surroundings of one face. Pure.

/** A zoomed face takes this part of the shown height. */
const FACE_PART = 0.4;

/**
 * @param {{width: number, height: number, faces: {box: number[]}[]}} result
 * @param {number|null} index of the face; null for the whole picture
 * @returns {{x: number, y: number, width: number, height: number}} in pixels of the picture, inside it, in its proportions
 */
export function viewOf({ width, height, faces }, index) {
  if (index === null) return { x: 0, y: 0, width, height };
  const [x1, y1, x2, y2] = faces[index].box;
  const zoom = Math.min(1, Math.max((x2 - x1) / width, (y2 - y1) / height) / FACE_PART);
  const view = { width: width * zoom, height: height * zoom };
  const centred = (middle, part, whole) => Math.min(whole - part, Math.max(0, middle - part / 2));
  return { x: centred((x1 + x2) / 2, view.width, width), y: centred((y1 + y2) / 2, view.height, height), ...view };
}
