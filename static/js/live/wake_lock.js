// Keeps the screen awake while the mirror runs: it may stand at a door, where nobody touches it.

/** A wish for a screen that stays on. Browsers drop it whenever the tab is hidden, so it is renewed. */
export class Wakefulness {
  #wakeLock;
  #wanted = false;
  #asking = false;
  #lock = null;

  /** @param {WakeLock | undefined} wakeLock `navigator.wakeLock`, where the browser has it */
  constructor(wakeLock) {
    this.#wakeLock = wakeLock;
  }

  /** Stay awake from now on, if the browser can; call again when the tab is shown again. */
  async keep() {
    this.#wanted = true;
    if (!this.#wakeLock || this.#asking || (this.#lock && !this.#lock.released)) return;
    this.#asking = true;
    // Refused on a low battery: then the screen sleeps as it would anyway.
    this.#lock = await this.#wakeLock.request("screen").catch(() => null);
    this.#asking = false;
    if (!this.#wanted) await this.release();
  }

  /** The screen may sleep again. */
  async release() {
    this.#wanted = false;
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release();
  }
}
