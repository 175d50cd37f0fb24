// What is known of a collected picture. Pure.

/**
 * @typedef {object} Picture
 * @property {string} id from its JPEG bytes: the same picture has the same id
 * @property {number} order its place in the collection
 * @property {number} sitting from 1
 * @property {string | null} state the label that its faces were said to have when it was taken; null: as detected
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {import("./boxes.js").Box[]} boxes
 * @property {"waiting" | "done" | "failed"} proposal of boxes by a detector; imported labels count as done
 * @property {boolean} checked whether a person has seen its boxes
 * @property {boolean} leftOut whether the visitor left it out
 * @property {string} hash see picture_hash.js
 * @property {Blob} [thumbnail]
 */

/** Whether a picture goes into a data set. A picture without a box would teach that its face is background. */
export const isUsed = ({ leftOut, boxes }) => !leftOut && boxes.length > 0;

/** Whether a detector saw the picture and found no face, and nobody has drawn one. */
export const hasNoFace = ({ leftOut, proposal, boxes }) => !leftOut && proposal === "done" && boxes.length === 0;

/** Of a new picture, before anything is known of its faces. @returns {Partial<Picture>} */
export const UNSEEN = { boxes: [], proposal: "waiting", checked: false, leftOut: false };

/** An id from the bytes of a file: its length and two FNV-1a hashes of 32 bits. @param {Uint8Array} bytes */
export function contentId(bytes) {
  // https://datatracker.ietf.org/doc/html/rfc9923; the second one begins elsewhere.
  let [one, two] = [0x811c9dc5, 0x01000193];
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x01000193) ^ (two >>> 15);
  }
  return [bytes.length, one >>> 0, two >>> 0].map((number) => number.toString(36)).join("-");
}
