// Keeps the screen on while the mirror runs: it may run for hours without input.

/** A screen wake lock. Browsers release it when the tab is hidden, so it must be acquired again. */
export class ScreenWakeLock {
  #wakeLock;
  #active = false;
  #requesting = false;
  #sentinel = null;

  /** @param {WakeLock | undefined} wakeLock `navigator.wakeLock`, undefined where the browser has none */
  constructor(wakeLock) {
    this.#wakeLock = wakeLock;
  }

  /** Keep the screen on, if the browser can; call again when the tab is shown again. */
  async acquire() {
    this.#active = true;
    if (!this.#wakeLock || this.#requesting || (this.#sentinel && !this.#sentinel.released)) return;
    this.#requesting = true;
    // Browsers refuse on a low battery; then the screen turns off as usual.
    this.#sentinel = await this.#wakeLock.request("screen").catch(() => null);
    this.#requesting = false;
    if (!this.#active) await this.release();
  }

  /** Let the screen turn off again. */
  async release() {
    this.#active = false;
    const sentinel = this.#sentinel;
    this.#sentinel = null;
    await sentinel?.release();
  }
}
