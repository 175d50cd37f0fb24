// Which frames of a video are taken. Pure.

const EVERY_S = 0.5;
const MOST = 60;

/** Times in seconds: twice a second, or as many as are taken at most, evenly spaced; the middle of each part. */
export function frameTimes(duration_s) {
  const count = Math.max(1, Math.min(MOST, Math.round(duration_s / EVERY_S)));
  return Array.from({ length: count }, (_, i) => ((i + 0.5) * duration_s) / count);
}
