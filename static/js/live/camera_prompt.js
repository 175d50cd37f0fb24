// What stands in the mirror while the camera is off: why, and the way on.
import { CAMERA_WORDS } from "../shared/camera_states.js";

const byId = (id) => document.getElementById(id);

/** Show the words of a state (see camera_words.js); returns them as one text to say aloud. */
export function invite(state) {
  const { title, text, action } = CAMERA_WORDS[state];
  const asksForCamera = state === "idle" || state === "asking";
  byId("mirror").dataset.state = state;
  byId("invitation").hidden = false;
  byId("invitation-title").textContent = title;
  byId("invitation-text").textContent = text;
  byId("start").textContent = action ?? "";
  byId("start").hidden = action === null;
  byId("other-ways").hidden = asksForCamera;
  byId("privacy").hidden = !asksForCamera;
  return `${title}. ${text}`;
}
