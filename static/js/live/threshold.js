// What the place of the threshold slider means: what the server is asked for, and what the page shows. Pure.

/**
 * @param {number} chosen where the slider is
 * @param {number} initial where it began: the shipped threshold, rounded to a step of the slider
 * @param {number} shipped the threshold that the server applies unless a frame asks for another
 * @returns {{sent: {score_threshold?: number}, shown: number}} what goes with each frame; the lowest score shown
 */
export function thresholds(chosen, initial, shipped) {
  if (chosen === initial) return { sent: {}, shown: shipped };
  return { sent: chosen < initial ? { score_threshold: chosen } : {}, shown: chosen };
}
