// The four states of a face. Each has a word, a sign, a line style and a colour, so that none depends on colour alone.
import { NOT_SURE } from "./certainty.js";

/** Colour of text and signs on the colours below. */
export const INK = "#10161b";

/** Colours that stand out on any picture inside a dark halo; the contrast of the ink on them is at least 7:1. */
export const STATES = {
  with_mask: { word: "Mask", sign: "tick", line: "corners", colour: "#3ddc84" },
  without_mask: { word: "No mask", sign: "cross", line: "dashed", colour: "#ff7a55" },
  mask_worn_incorrectly: { word: "Worn incorrectly", sign: "exclamation", line: "dotted", colour: "#ffc233" },
  [NOT_SURE]: { word: "Not sure", sign: "question", line: "solid", colour: "#bcc6cd" },
};

/** The states, in the order in which they are counted and listed. */
export const STATE_NAMES = Object.keys(STATES);

/** The labels that data sets and models know, in their order: the states without "not sure". */
export const LABELS = STATE_NAMES.filter((state) => state !== NOT_SURE);
