// How large the picture is shown in its view, and which part of it.

const STEP = 1.4;
const MOST = 12;

/** Sizes the stage; the view scrolls over it. */
export class Zoom {
  #view;
  #stage;
  #size = { width: 4, height: 3 };
  #zoom = 1;

  /** @param {HTMLElement} view scrolls @param {HTMLElement} stage the picture with its boxes, in it */
  constructor(view, stage) {
    this.#view = view;
    this.#stage = stage;
    new ResizeObserver(() => this.#apply()).observe(view);
    view.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** Show the whole of a picture. @param {{width: number, height: number}} size pixels */
  show(size) {
    this.#size = size;
    this.whole();
  }

  /** Show the whole picture. */
  whole() {
    this.#zoom = 1;
    this.#apply();
  }

  /** Screen pixels for a pixel of the picture. */
  get scale() {
    return this.#stage.clientWidth / this.#size.width;
  }

  /** Zoom in or out by steps, around the middle of the view. */
  step(by) {
    const { left, top, width, height } = this.#view.getBoundingClientRect();
    this.by(STEP ** by, left + width / 2, top + height / 2);
  }

  /** Zoom by a factor; the point of the screen stays where it is in the picture. */
  by(factor, clientX, clientY) {
    const before = this.#stage.getBoundingClientRect();
    const [atX, atY] = [(clientX - before.left) / before.width, (clientY - before.top) / before.height];
    this.#zoom = Math.min(MOST, Math.max(1, this.#zoom * factor));
    this.#apply();
    const after = this.#stage.getBoundingClientRect();
    this.scroll(after.left + atX * after.width - clientX, after.top + atY * after.height - clientY);
  }

  /** Move the picture under the view. */
  scroll(dx, dy) {
    this.#view.scrollBy({ left: dx, top: dy, behavior: "instant" });
  }

  /** The part of the picture that is in view, in its pixels. */
  get part() {
    const [view, stage] = [this.#view.getBoundingClientRect(), this.#stage.getBoundingClientRect()];
    const [x1, y1] = [Math.max(view.left, stage.left), Math.max(view.top, stage.top)];
    const [x2, y2] = [Math.min(view.right, stage.right), Math.min(view.bottom, stage.bottom)];
    const scale = this.scale;
    return { x: (x1 - stage.left) / scale, y: (y1 - stage.top) / scale, width: Math.max(1, (x2 - x1) / scale), height: Math.max(1, (y2 - y1) / scale) };
  }

  #wheel(event) {
    // With Ctrl, as everywhere and as touch pads send it; else the view scrolls.
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }

  #apply() {
    const { clientWidth, clientHeight } = this.#view;
    if (!clientWidth || !clientHeight) return;
    const fit = Math.min(clientWidth / this.#size.width, clientHeight / this.#size.height);
    this.#stage.style.width = `${Math.floor(this.#size.width * fit * this.#zoom)}px`;
    this.#stage.style.height = `${Math.floor(this.#size.height * fit * this.#zoom)}px`;
  }
}
