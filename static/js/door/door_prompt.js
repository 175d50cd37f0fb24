// The prompt in place of the verdict while the door does not run: what happened, and what to do.
import { byId } from "../shared/dom.js";
import { CAMERA_TEXT } from "../shared/camera/camera_states.js";

const DOOR_TEXT = {
  idle: { title: "Mask Mirror over a door", text: "One tap starts the camera, full screen and sound. Everybody who passes sees in large letters how their mask is worn.", action: "Start" },
  elsewhere: { title: "The door is open in another tab", text: "Two tabs would count everybody twice. This one goes on as soon as the other one is closed.", action: "Go on here" },
};

/** Show the text of a state, of the camera or `elsewhere`; returns it as one text to announce. */
export function showDoorPrompt(state, retries) {
  const { title, text, action } = DOOR_TEXT[state] ?? CAMERA_TEXT[state];
  const whole = retries ? `${text} The door tries again automatically.` : text;
  byId("prompt").hidden = false;
  byId("prompt-title").textContent = title;
  byId("prompt-text").textContent = whole;
  byId("start").textContent = action ?? "";
  byId("start").hidden = action === null;
  byId("start").disabled = false;
  byId("privacy").hidden = state !== "idle";
  return `${title}. ${whole}`;
}
