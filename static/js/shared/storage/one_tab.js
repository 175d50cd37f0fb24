// One tab a browser: two doors would count everybody twice, two collections would overwrite each other. A lock of the browser decides.

/** Events: "held", this tab works from now on; "lost", another tab took over. */
export class OneTab extends EventTarget {
  #locks;
  #name;
  #waiting = new AbortController();

  /**
   * @param {LockManager | undefined} locks `navigator.locks`; a browser without it is trusted to have one tab
   * @param {string} name what only one tab may do
   */
  constructor(locks, name) {
    super();
    this.#locks = locks;
    this.#name = `mask-mirror-${name}`;
  }

  /** Ask for the lock. @returns {Promise<boolean>} whether this tab has it now; else it gets it once the other tab is closed */
  ask() {
    return new Promise((resolve) => {
      if (this.#locks) this.#request({ ifAvailable: true }, resolve);
      else resolve(true), this.#hold();
    });
  }

  /** Take the lock over from the other tab. */
  take() {
    this.#waiting.abort();
    this.#request({ steal: true });
  }

  #wait() {
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    this.#locks.request(this.#name, { signal }, () => this.#hold()).catch(() => signal.aborted || this.#lose());
  }

  #request(options, tell = () => {}) {
    const granted = (lock) => {
      tell(lock !== null);
      return lock === null ? this.#wait() : this.#hold();
    };
    this.#locks.request(this.#name, options, granted).catch(() => this.#lose());
  }

  /** Until the tab is closed, or another one takes over. */
  #hold() {
    this.dispatchEvent(new Event("held"));
    return new Promise(() => {});
  }

  #lose() {
    this.dispatchEvent(new Event("lost"));
    this.#wait();
  }
}
