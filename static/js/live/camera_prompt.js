// The prompt in place of the video while the camera is off: the camera's state and the next step.
import { CAMERA_TEXT } from "../shared/camera/camera_states.js";
import { byId } from "../shared/dom.js";

/** The states in which the mirror works without a camera. */
const SAMPLE_PLAYS = new Set(["idle", "denied", "missing", "busy", "insecure", "ended", "failed"]);

/** Show the text of a state of the camera (see camera_states.js); returns it as one text to announce. */
export function showPrompt(state) {
  const { title, text, action } = CAMERA_TEXT[state];
  const beforeCamera = state === "idle" || state === "asking";
  byId("mirror").dataset.state = state;
  byId("prompt").hidden = false;
  byId("prompt-title").textContent = title;
  byId("prompt-text").textContent = text;
  byId("start").textContent = action ?? "";
  byId("start").hidden = action === null;
  byId("sample").hidden = !SAMPLE_PLAYS.has(state);
  byId("file-pages").hidden = beforeCamera;
  byId("privacy").hidden = !beforeCamera;
  return `${title}. ${text}`;
}
