// What a visitor's own classifier brings, in words. Pure.

const percent = (fraction) => `${Math.round(100 * fraction)} %`;
/** The certainty whose logarithm is the mean of those of the right states. */
const certainty = ({ log_loss }) => percent(Math.exp(-log_loss));

/**
 * By how much it helps, or that it does not.
 * @param {import("../../device/personal/personal_classifier.js").Report & {weight: number}} report
 * @param {boolean} hasEarlier whether another one is kept
 */
export function resultText({ by, folds, examples, before, after, weight }, hasEarlier) {
  const how = by === "sitting" ? `each of ${folds} sittings tested with what the others taught` : "parts of one sitting tested with what its others taught, which flatters";
  const right = percent(before.accuracy);
  if (!weight) {
    const stays = hasEarlier ? "the one that you have stays" : "faces are labelled as before";
    return `It does not help: of ${examples} faces ${right} are right without it, and it makes that no better (${how}). Nothing changes; ${stays}.`;
  }
  if (right !== percent(after.accuracy)) return `It helps: of ${examples} faces ${right} were right before, ${percent(after.accuracy)} are now (${how}).`;
  return `It helps a little: of ${examples} faces ${right} are right as before, with more certainty of the right state, ${certainty(before)} before and ${certainty(after)} now (${how}).`;
}

/** What became of pictures that the browser lost; empty where there are none. @param {number} lost */
export function lostText(lost) {
  if (!lost) return "";
  return lost === 1 ? "1 picture could not be read and was passed over." : `${lost} pictures could not be read and were passed over.`;
}
