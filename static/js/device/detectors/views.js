// Views: at which sizes, mirrored or not, and by which network a frame is inferred. Pure; counterpart of
// webapp/vision/detectors/views.py.
import { roundHalfEven } from "../vision/rounding.js";

/** @typedef {{sizePx: number, mirrored: boolean, network: number}} View network: 0, or 1 for the other one of an ensemble */

/** Longer side of the view for faces near the camera. */
const CLOSE_PX = 160;
const LEAST_PX = 64;

/** Test-time augmentation of photos by name: size relative to the largest view, mirrored or not, network. */
const PHOTO_TTA = {
  single: [[1, false, 0], [1 / 6, false, 0]],
  small: [[1, false, 0], [2 / 3, true, 0], [1 / 3, false, 0], [1 / 6, true, 0]],
  ensemble: [[1, false, 0], [2 / 3, true, 0], [1 / 3, false, 0], [1 / 6, true, 0], [2 / 3, false, 1], [1 / 3, true, 1]],
};

/** The views of a live frame: one for small faces, a smaller one for faces near the camera. @returns {View[]} */
export function streamViews(sizePx) {
  const views = sizePx > CLOSE_PX ? [sizePx, CLOSE_PX] : [sizePx];
  return views.map((size) => ({ sizePx: size, mirrored: false, network: 0 }));
}

/** The views of a photo; `tta` is "single", "small" or "ensemble". @returns {View[]} */
export function photoViews(sizePx, tta) {
  return PHOTO_TTA[tta].map(([of, mirrored, network]) => ({ sizePx: Math.max(roundHalfEven(sizePx * of), LEAST_PX), mirrored, network }));
}

/** The name of views in cards: `416+160`, `960+640m+w640` (m: mirrored, w: second network). */
export function viewsName(views) {
  return views.map(({ sizePx, mirrored, network }) => `${"w".repeat(network)}${sizePx}${mirrored ? "m" : ""}`).join("+");
}

/** The size of the first view of a name that `viewsName` gave. */
export function largestPx(name) {
  return Number.parseInt(name.split("+")[0].replace(/^w+/, ""), 10);
}
