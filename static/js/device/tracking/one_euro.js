// The one-euro filter on boxes. Pure; counterpart of webapp/vision/tracking/one_euro.py.

const MIN_CUTOFF_HZ = 0.8;
const CUTOFF_PER_SPEED = 6;
const SPEED_CUTOFF_HZ = 2;
const LAG_MAX = 0.06;

/** The side of the square of the same area, pixels, at least 1. */
export function boxSize([x1, y1, x2, y2]) {
  return Math.max(Math.sqrt(Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0)), 1);
}

/**
 * Filter one more detection of a face.
 * @param {number[]} steady box as smoothed so far, pixels
 * @param {number[]} speed of each coordinate as estimated so far, box sizes a second
 * @param {number[]} before box of the last detection
 * @param {number[]} detected box of this detection
 * @param {number} step_s time between the two, above zero
 * @returns {{steady: number[], speed: number[]}}
 */
export function steadyBox(steady, speed, before, detected, step_s) {
  const size = boxSize(before);
  const speedGain = gain(SPEED_CUTOFF_HZ, step_s);
  const nextSpeed = speed.map((value, i) => value + speedGain * ((detected[i] - before[i]) / size / step_s - value));
  const away = Math.max(...detected.map((value, i) => Math.abs(value - steady[i])));
  const follow = Math.max(
    gain(MIN_CUTOFF_HZ + CUTOFF_PER_SPEED * Math.max(...nextSpeed.map(Math.abs)), step_s),
    1 - (LAG_MAX * boxSize(detected)) / Math.max(away, 1e-9),
  );
  return { steady: steady.map((value, i) => value + follow * (detected[i] - value)), speed: nextSpeed };
}

/** The gain of a first-order low-pass, in ]0, 1[. */
function gain(cutoffHz, step_s) {
  return 1 / (1 + 1 / (2 * Math.PI * cutoffHz * step_s));
}
