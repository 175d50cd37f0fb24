// The picture of a card with its boxes: one can be highlighted, and the picture can be zoomed to it.
import { drawMarks } from "../shared/faces/overlay.js";
import { faceMarks, screenUnit } from "../shared/faces/snapshot.js";
import { upright } from "./decode.js";
import { viewOf } from "./view_rect.js";

const SHOWN_PX = 1600;

/** Draws a picture and its faces. Events: "point" and "choose" (detail: index of the face under the pointer, or null). */
export class PhotoView extends EventTarget {
  #canvas;
  #overlay;
  #blob = null;
  #result = null;
  #view = null;
  #current = null;
  #marks = [];

  /** @param {HTMLCanvasElement} canvas the picture @param {HTMLCanvasElement} overlay the boxes, above it */
  constructor(canvas, overlay) {
    super();
    this.#canvas = canvas;
    this.#overlay = overlay;
    new ResizeObserver(() => this.#drawMarks()).observe(overlay);
    overlay.addEventListener("pointermove", (event) => this.#emit("point", this.#faceAt(event)));
    overlay.addEventListener("pointerleave", () => this.#emit("point", null));
    overlay.addEventListener("click", (event) => this.#emit("choose", this.#faceAt(event)));
  }

  /** Show a picture. @param {Blob} blob @param {{width: number, height: number, faces: object[]}} result faces with their states */
  async show(blob, result) {
    this.#blob = blob;
    this.#result = result;
    await this.zoomTo(null);
  }

  /** Zoom to a face; to the whole picture if null. */
  async zoomTo(index) {
    const view = viewOf(this.#result, index);
    const picture = await upright(this.#blob);
    // The picture may have been decoded at another size than the server's.
    const scale = picture.width / this.#result.width;
    const shown = Math.min(1, SHOWN_PX / (Math.max(view.width, view.height) * scale)) * scale;
    const size = { width: Math.max(1, Math.round(view.width * shown)), height: Math.max(1, Math.round(view.height * shown)) };
    Object.assign(this.#canvas, size);
    const context = this.#canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, ...[view.x, view.y, view.width, view.height].map((value) => value * scale), 0, 0, size.width, size.height);
    picture.close();
    this.#view = view;
    this.#drawMarks();
  }

  /** Highlight a face; none if null. */
  highlight(index) {
    if (index === this.#current) return;
    this.#current = index;
    this.#drawMarks();
  }

  #drawMarks() {
    if (!this.#view) return;
    const { clientWidth: width, clientHeight: height } = this.#overlay;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this.#overlay, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const scale = width / this.#view.width;
    const rect = { x: -this.#view.x * scale, y: -this.#view.y * scale, width: this.#result.width * scale, height: this.#result.height * scale };
    this.#marks = faceMarks(this.#result, rect);
    const context = this.#overlay.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMarks(context, this.#marks.map((mark, i) => (i === this.#current ? { ...mark, current: true } : mark)), screenUnit(width));
  }

  /** The smallest face under the pointer. */
  #faceAt({ offsetX, offsetY }) {
    const hit = this.#marks
      .map((mark, index) => ({ ...mark, index }))
      .filter(({ x, y, width, height }) => offsetX >= x && offsetX <= x + width && offsetY >= y && offsetY <= y + height)
      .sort((a, b) => a.width * a.height - b.width * b.height)[0];
    return hit ? hit.index : null;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
