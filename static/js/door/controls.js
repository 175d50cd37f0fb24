// The controls of the door: hidden until somebody touches the screen or presses a key, and again a while later.
import { byId } from "../shared/dom.js";

const SHOWN_MS = 8000;

/** Shows and hides the bar of controls. */
export class Controls {
  #root;
  #bar = byId("controls");
  #sheets;
  #touched_ms = -Infinity;
  #enabled = false;

  /** @param {HTMLElement} root of the page @param {HTMLElement[]} sheets while one is open, the bar stays */
  constructor(root, sheets) {
    this.#root = root;
    this.#sheets = sheets;
    for (const type of ["pointerdown", "click", "keydown", "pointermove"]) {
      const touched = (event) => {
        // Fingers do not hover; a mouse that lies still sends no moves.
        if (type !== "pointermove" || event.pointerType === "mouse") this.touch(performance.now());
      };
      // Before the page's own handlers: the tap that starts the door shows no controls.
      document.addEventListener(type, touched, { capture: true });
    }
  }

  /** Whether there are controls at the moment: not before the start. */
  set enabled(enabled) {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    this.#touched_ms = -Infinity;
    this.#show(false);
  }

  /** Somebody touched the screen. */
  touch(now_ms) {
    this.#touched_ms = now_ms;
    if (this.#enabled) this.#show(true);
  }

  /** To be called about once a second. */
  tick(now_ms) {
    if (this.#bar.hidden || this.#sheets.some((sheet) => sheet.matches(":popover-open"))) return;
    if (now_ms - this.#touched_ms > SHOWN_MS) this.#show(false);
  }

  #show(shown) {
    if (this.#bar.hidden === !shown) return;
    // A control that disappears would leave the focus nowhere.
    if (!shown && this.#bar.contains(document.activeElement)) byId("main").focus({ preventScroll: true });
    this.#bar.hidden = !shown;
    this.#root.toggleAttribute("data-touched", shown);
  }
}
