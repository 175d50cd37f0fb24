// Calibration of detection scores, read from a detector's card. Pure; counterpart of webapp/vision/detectors/calibration.py.
import { area, unmoveEdges } from "../vision/boxes.js";
import { limitedLogit, sigmoid } from "./anchor_free.js";
import { largestPx, viewsName } from "./views.js";

const NUMBERS = ["slope", "offset", "size_slope", "size_curve", "threshold"];
const UNCALIBRATED = { slope: 1, offset: 0, size_slope: 0, size_curve: 0, threshold: 0.5, box_bias: [0, 0, 0, 0] };
/** Range of a face's size, octaves from a tenth of the frame's longer side. */
const SIZE_OCTAVES = [-3.5, 3.33];

/** Platt scaling of raw scores by the size of the face, an operating point, and the bias of the boxes. */
export class Calibration {
  #row;

  constructor(row) {
    this.#row = row;
  }

  /**
   * The calibration of views, or of the views nearest in size that the card has.
   * @throws {TypeError} an entry is missing or malformed
   */
  static ofCard({ calibration }, views) {
    const names = Object.keys(calibration);
    if (names.length === 0) return new Calibration(UNCALIBRATED);
    const { sizePx } = views[0];
    const away = (name) => Math.abs(largestPx(name) - sizePx);
    const row = calibration[viewsName(views)] ?? calibration[names.reduce((best, name) => (away(name) < away(best) ? name : best))];
    const sound = NUMBERS.every((name) => Number.isFinite(row[name])) && row.slope > 0 && row.box_bias.length === 4;
    if (!sound) throw new TypeError(`calibration of ${viewsName(views)}`);
    return new Calibration(row);
  }

  /** The numbers of face verification, or null where the card has none or they belong to another classifier. */
  verification(card, classifierSha256) {
    const { verification } = this.#row;
    return verification && card.verifier.sha256 === classifierSha256 ? verification : null;
  }

  /** Calibrated score, in [0, 1], from which on a detection counts as a face. */
  get threshold() {
    return this.#row.threshold;
  }

  /** A box with the bias of the detector removed. */
  unbiased(xyxy) {
    return unmoveEdges(xyxy, this.#row.box_bias);
  }

  /** The calibrated score of a raw one; `longerPx` is the longer side of the frame. */
  apply(score, xyxy, longerPx) {
    const { slope, offset, size_slope, size_curve } = this.#row;
    const octaves = sizeOctaves(xyxy, longerPx);
    return sigmoid(limitedLogit(score) * slope + offset + size_slope * octaves + size_curve * octaves ** 2);
  }
}

/** How large a box is in its frame: octaves from a tenth of its longer side, limited. */
export function sizeOctaves(xyxy, longerPx) {
  const octaves = Math.log2((Math.sqrt(Math.max(area(xyxy), 1)) / longerPx) * 10);
  return Math.min(Math.max(octaves, SIZE_OCTAVES[0]), SIZE_OCTAVES[1]);
}
