// Mouse, pen and fingers on the picture: one draws, moves and resizes boxes, two move and zoom the picture.
import { drawnBox, movedBox, resizedBox } from "../model/boxes.js";

/** A shorter way is a click. */
const DRAG_PX = 4;

/**
 * @typedef {object} Target what the pointers act on
 * @property {() => {boxes: import("../model/boxes.js").Box[], size: {width: number, height: number}, label: string}} state `label`: of a new box
 * @property {(element: EventTarget | null) => number} indexOf of a box; -1: none
 * @property {(index: number, box: object) => void} preview a box while it is dragged; the index after the last: one that is drawn
 * @property {() => void} restore what was previewed was not meant
 * @property {(index: number) => void} select
 * @property {(kind: "move" | "resize" | "draw", index: number, box: object) => void} commit
 * @property {() => void} tooSmall
 */

/** Listens on the stage. */
export class Pointers {
  #stage;
  #zoom;
  #target;
  #down = new Map();
  #drag = null;

  /** @param {HTMLElement} stage @param {import("./zoom.js").Zoom} zoom @param {Target} target */
  constructor(stage, zoom, target) {
    this.#stage = stage;
    this.#zoom = zoom;
    this.#target = target;
    stage.addEventListener("pointerdown", (event) => this.#start(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#end(event, true));
    stage.addEventListener("pointercancel", (event) => this.#end(event, false));
  }

  /** A point of the screen in pixels of the picture. */
  #at({ clientX, clientY }) {
    const { left, top } = this.#stage.getBoundingClientRect();
    return { x: (clientX - left) / this.#zoom.scale, y: (clientY - top) / this.#zoom.scale };
  }

  #start(event) {
    if (event.button !== 0) return;
    // The focus goes where the selection goes, and the picture is not dragged out of the page.
    event.preventDefault();
    this.#stage.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, event);
    if (this.#down.size > 1) return this.#cancel();
    const index = this.#target.indexOf(event.target);
    const edges = index < 0 ? null : event.target.closest("[data-edges]")?.dataset.edges ?? "";
    if (index >= 0) this.#target.select(index);
    this.#drag = { index, edges, from: this.#at(event), start: event, moved: false, box: null };
  }

  #move(event) {
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    this.#down.set(event.pointerId, event);
    if (this.#down.size === 2) this.#pinch(before, event);
    if (!this.#drag) return;
    const { start } = this.#drag;
    this.#drag.moved ||= Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) >= DRAG_PX;
    if (!this.#drag.moved) return;
    this.#drag.box = this.#dragged(this.#at(event));
    if (this.#drag.box) this.#target.preview(this.#index, this.#drag.box);
  }

  get #index() {
    return this.#drag.index < 0 ? this.#target.state().boxes.length : this.#drag.index;
  }

  #dragged(to) {
    const { index, edges, from } = this.#drag;
    const { boxes, size, label } = this.#target.state();
    if (index < 0) return drawnBox(from, to, size, label);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    return edges ? resizedBox(boxes[index], edges, dx, dy, size) : movedBox(boxes[index], dx, dy, size);
  }

  #end(event, meant) {
    this.#down.delete(event.pointerId);
    if (!this.#drag) return;
    const { box, moved, index, edges } = this.#drag;
    const at = this.#index;
    this.#drag = null;
    if (!meant || !moved) return this.#target.restore();
    if (!box) {
      this.#target.restore();
      this.#target.tooSmall();
    } else this.#target.commit(index < 0 ? "draw" : edges ? "resize" : "move", at, box);
  }

  #cancel() {
    if (this.#drag?.moved) this.#target.restore();
    this.#drag = null;
  }

  /** Two fingers: the picture follows their middle, and grows with their distance. */
  #pinch(before, now) {
    const [other] = [...this.#down].filter(([id]) => id !== now.pointerId).map(([, event]) => event);
    const middle = (event) => [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
    const apart = (event) => Math.max(20, Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY));
    const [[x0, y0], [x1, y1]] = [middle(before), middle(now)];
    this.#zoom.scroll(x0 - x1, y0 - y1);
    this.#zoom.by(apart(now) / apart(before), x1, y1);
  }
}
