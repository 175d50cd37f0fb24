// Coordinates of a picture inside its element, and of boxes inside the picture. Pure.

/**
 * The rectangle that a picture covers inside its element, after CSS `object-fit` (centred).
 * @param {string} fit "contain", "cover" or "fill"
 * @param {{width: number, height: number}} element
 * @param {{width: number, height: number}} picture
 * @returns {{x: number, y: number, width: number, height: number}}
 */
export function fitRect(fit, element, picture) {
  if (!picture.width || !picture.height || fit === "fill") {
    return { x: 0, y: 0, width: element.width, height: element.height };
  }
  const pick = fit === "cover" ? Math.max : Math.min;
  const scale = pick(element.width / picture.width, element.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: (element.width - width) / 2, y: (element.height - height) / 2, width, height };
}

/**
 * Map a box from pixels of a frame into a rectangle.
 * @param {number[]} box x1, y1, x2, y2
 * @param {{width: number, height: number}} frame the frame in which the box was detected
 * @param {{x: number, y: number, width: number, height: number}} rect the rectangle in which the frame is shown
 * @param {boolean} mirrored whether the frame is shown mirrored
 */
export function mapBox([x1, y1, x2, y2], frame, rect, mirrored = false) {
  const scaleX = rect.width / frame.width;
  const scaleY = rect.height / frame.height;
  const left = mirrored ? frame.width - x2 : x1;
  return { x: rect.x + left * scaleX, y: rect.y + y1 * scaleY, width: (x2 - x1) * scaleX, height: (y2 - y1) * scaleY };
}

/** The size of a picture, scaled down to a longer side and a number of pixels at most; never enlarged. */
export function fitWithin(picture, longest, maxPx = Infinity) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height), Math.sqrt(maxPx / (picture.width * picture.height)));
  return { width: Math.max(1, Math.floor(picture.width * scale)), height: Math.max(1, Math.floor(picture.height * scale)) };
}
