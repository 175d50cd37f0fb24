// Formatted numbers: percentages, sizes, times, and the date in a file's name. Pure.

/** 0.987 -> "99 %"; a value below 1 is never rounded up to 100 %. */
export function percent(score) {
  return `${score < 1 ? Math.min(99, Math.round(score * 100)) : 100}\u00a0%`;
}

/** 200000000 -> "200 MB". */
export function megabytes(bytes) {
  const mb = bytes / 1e6;
  return `${mb < 10 ? Math.max(0.1, mb).toFixed(1) : Math.round(mb)}\u00a0MB`;
}

/** 75 -> "1 min 15 s"; for remaining times and limits. */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}\u00a0s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)}\u00a0min ${s % 60}\u00a0s` : `${s / 60}\u00a0min`;
  const minutes = Math.round(s / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)}\u00a0h ${minutes % 60}\u00a0min` : `${minutes / 60}\u00a0h`;
}

/** 75.4 -> "1:15"; a position in a video. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** A file name with date and time: "mask-mirror-2024-05-06-070809.png". */
export function timestampedName(date, extension) {
  const two = (n) => String(n).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `mask-mirror-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.${extension}`;
}
