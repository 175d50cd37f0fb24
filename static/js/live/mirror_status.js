// What a page says of its mirror: the verdict, and a problem for a short while. Old boxes are taken away.
import { verdict } from "./verdict.js";

const STALE_MS = 2500;
const PROBLEM_MS = 3000;

/** Keeps the verdict up to date. */
export class MirrorStatus {
  #root;
  #mirror;
  #detection;
  #view;
  #announcer;
  #problem = null;
  #problemUntil_ms = 0;
  #resultAt_ms = 0;

  /**
   * @param {HTMLElement} root of the page; its `data-state` is "live" while the mirror runs
   * @param {import("./mirror/mirror.js").Mirror} mirror
   * @param {import("./mirror/detection.js").Detection} detection
   * @param {import("./verdict_view.js").VerdictView} view
   * @param {import("../shared/announcer.js").Announcer} announcer
   */
  constructor(root, mirror, detection, view, announcer) {
    this.#root = root;
    this.#mirror = mirror;
    this.#detection = detection;
    this.#view = view;
    this.#announcer = announcer;
    mirror.addEventListener("problem", ({ detail }) => this.#showProblem(detail));
  }

  /** A result arrived; whoever calls this calls `update` once its faces are known. */
  resultArrived(now_ms) {
    this.#resultAt_ms = now_ms;
    this.#problem = null;
  }

  /** To be called twice a second. */
  tick(now_ms) {
    if (this.#problem && now_ms > this.#problemUntil_ms) this.#problem = null;
    if (this.#mirror.faces && now_ms - this.#resultAt_ms > STALE_MS) this.#mirror.clear();
  }

  /** Show the verdict of this moment, and announce it where it is another one. */
  update() {
    const shown = verdict({
      running: this.#root.dataset.state === "live",
      hidden: document.hidden,
      connection: this.#detection.state,
      problem: this.#problem,
      faces: this.#mirror.faces,
      hiddenFaces: this.#mirror.hiddenFaces,
    });
    if (this.#view.show(shown) && shown) this.#announcer.announce(shown.sentence);
  }

  #showProblem(message) {
    this.#problem = message;
    this.#problemUntil_ms = performance.now() + PROBLEM_MS;
    this.update();
  }
}
