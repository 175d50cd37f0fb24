// The score threshold of the slider: what is sent with each frame, and what the page shows. Pure.

/**
 * @param {number} chosen value of the slider
 * @param {number} initial initial value of the slider: the shipped threshold, rounded to a step of the slider
 * @param {number} shipped the threshold that the server applies unless a frame gives another
 * @returns {{sent: {score_threshold?: number}, shown: number}} fields to send with each frame; the lowest score shown
 */
export function thresholds(chosen, initial, shipped) {
  if (chosen === initial) return { sent: {}, shown: shipped };
  return { sent: chosen < initial ? { score_threshold: chosen } : {}, shown: chosen };
}
