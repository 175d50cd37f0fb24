// Texts about faces. Pure.
import { percent } from "../numbers.js";
import { NOT_SURE } from "./certainty.js";
import { STATES, STATE_NAMES } from "./face_states.js";

const TEXT_WITH_COUNT = { with_mask: "with a mask", without_mask: "without", mask_worn_incorrectly: "worn incorrectly", not_sure: "not\u00a0sure" };
const TEXT_FOR_ALL = { with_mask: "with a mask", without_mask: "without a mask", mask_worn_incorrectly: "mask worn incorrectly", not_sure: "not\u00a0sure" };
const UNCERTAIN_LABEL_TEXT = { with_mask: "perhaps a mask", without_mask: "perhaps no mask", mask_worn_incorrectly: "perhaps worn incorrectly" };

/** How many faces are in each state. */
export function countStates(faces) {
  const counts = Object.fromEntries(STATE_NAMES.map((state) => [state, 0]));
  for (const face of faces) counts[face.state] += 1;
  return counts;
}

/** The faces by state in one line: "2 faces: 1 with a mask, 1 without". Numbers and words are joined by no-break spaces. */
export function summary(faces) {
  return countSummary(countStates(faces));
}

/** The same line, from counts by state. */
export function countSummary(counts) {
  const present = STATE_NAMES.filter((state) => counts[state] > 0);
  const total = present.reduce((sum, state) => sum + counts[state], 0);
  if (total === 0) return "No face in view";
  if (total === 1) return `1 face: ${TEXT_FOR_ALL[present[0]]}`;
  const parts = present.length === 1 ? [`all ${TEXT_FOR_ALL[present[0]]}`] : countParts(counts).map(({ text }) => text);
  return `${total} faces: ${parts.join(", ")}`;
}

/** The faces as parts of a verdict: one face is one word, several are counted by state. */
export function verdictParts(faces) {
  if (faces.length === 1) return [{ state: faces[0].state, text: STATES[faces[0].state].word }];
  return countParts(countStates(faces));
}

/** The states that occur, each with its number of faces as text: "2 with a mask". */
export function countParts(counts) {
  const present = STATE_NAMES.filter((state) => counts[state] > 0);
  const texts = present.length === 1 ? { ...TEXT_WITH_COUNT, without_mask: "without a mask" } : TEXT_WITH_COUNT;
  return present.map((state) => ({ state, text: `${counts[state]}\u00a0${texts[state]}` }));
}

/** "1 face hidden by your setting". */
export function hiddenText(count) {
  return `${count === 1 ? "1 face" : `${count} faces`} hidden by your setting`;
}

/** The tag of a box: "Mask 98 %", of a numbered face "7 · Mask 98 %"; "Not sure" is no label of its own and has no percentage. */
export function tagText({ state, score, number }) {
  const text = state === NOT_SURE ? STATES[state].word : `${STATES[state].word} ${percent(score)}`;
  return number === undefined ? text : `${number} · ${text}`;
}

/** The certainty of a face's label: "98 %". For "not sure" it is rounded down, since 59.9 % is below the limit of 60 %. */
export function certaintyText({ state, label_score }) {
  return percent(state === NOT_SURE ? Math.floor(label_score * 100 + 1e-6) / 100 : label_score);
}

/** The most probable label of a face that is "not sure": "perhaps a mask"; null for any other face. */
export function uncertainLabelText({ state, label }) {
  return state === NOT_SURE ? UNCERTAIN_LABEL_TEXT[label] : null;
}
