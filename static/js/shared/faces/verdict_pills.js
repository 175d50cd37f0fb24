// A verdict as pills: words with the colour and sign of their state.
import { stateElement } from "../dom.js";
import { STATES } from "./face_states.js";

/** One element for each part. @param {{text: string, state?: string}[]} parts */
export function pills(parts) {
  return parts.map(({ text, state }) => {
    const pill = document.createElement("span");
    if (state) {
      pill.style.background = STATES[state].colour;
      pill.append(stateElement(state).querySelector(".sign"));
    }
    pill.append(text);
    return pill;
  });
}
