// Where a picture lies inside its element, and where a box of the picture lies then. Pure.

/**
 * The rectangle that a picture covers inside its element, by CSS `object-fit` (centred).
 * @param {string} fit "contain", "cover" or "fill"
 * @param {{width: number, height: number}} element
 * @param {{width: number, height: number}} picture
 * @returns {{x: number, y: number, width: number, height: number}}
 */
export function fitRect(fit, element, picture) {
  if (!picture.width || !picture.height || fit === "fill") {
    return { x: 0, y: 0, width: element.width, height: element.height };
  }
  const choose = fit === "cover" ? Math.max : Math.min;
  const scale = choose(element.width / picture.width, element.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: (element.width - width) / 2, y: (element.height - height) / 2, width, height };
}

/**
 * Map a box in pixels of a frame into a rectangle.
 * @param {number[]} box x1, y1, x2, y2
 * @param {{width: number, height: number}} frame the picture that the box was found in
 * @param {{x: number, y: number, width: number, height: number}} rect where the picture is shown
 * @param {boolean} mirrored whether it is shown left to right
 */
export function mapBox([x1, y1, x2, y2], frame, rect, mirrored = false) {
  const across = rect.width / frame.width;
  const down = rect.height / frame.height;
  const left = mirrored ? frame.width - x2 : x1;
  return { x: rect.x + left * across, y: rect.y + y1 * down, width: (x2 - x1) * across, height: (y2 - y1) * down };
}

/** The size of a picture brought down to a longest side and a number of pixels, never enlarged. */
export function shrink(picture, longest, maxPx = Infinity) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height), Math.sqrt(maxPx / (picture.width * picture.height)));
  return { width: Math.max(1, Math.floor(picture.width * scale)), height: Math.max(1, Math.floor(picture.height * scale)) };
}
