// What a door adds to the settings of the mirror: chime, spoken word, idle screen. They are remembered.
import { byId } from "../shared/dom.js";
import { remember, remembered } from "../shared/storage/remembered.js";

/** Connects the controls with what they set. */
export class DoorSettings {
  /**
   * @param {import("./chime.js").Chime} chime
   * @param {import("./spoken_word.js").SpokenWord} word
   * @param {import("./idle.js").Idle} idle
   */
  constructor(chime, word, idle) {
    byId("word-field").hidden = !word.available;
    connect("chime", "door-chime", chime);
    connect("word", "door-word", word);
    const select = byId("idle-after");
    idle.after_s = remembered("door-idle-s", idle.after_s);
    select.value = String(idle.after_s);
    select.addEventListener("change", () => {
      idle.after_s = Number(select.value);
      remember("door-idle-s", idle.after_s);
    });
  }
}

/** A switch and the `on` of what it switches. */
function connect(id, name, sound) {
  sound.on = byId(id).checked = remembered(name, sound.on);
  byId(id).addEventListener("change", ({ target }) => {
    sound.on = target.checked;
    remember(name, target.checked);
  });
}
