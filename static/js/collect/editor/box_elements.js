// The elements of the boxes: buttons over the picture, each with its label and handles for pointers.
import { stateElement } from "../../shared/dom.js";
import { boxText } from "./sentences.js";

/** Edges that a handle moves. */
const HANDLES = ["n", "e", "s", "w", "nw", "ne", "se", "sw"];

function newElement() {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "box" });
  const tag = Object.assign(document.createElement("span"), { className: "tag" });
  const handles = HANDLES.map((edges) => {
    const handle = Object.assign(document.createElement("span"), { className: "handle" });
    handle.dataset.edges = edges;
    return handle;
  });
  element.append(tag, ...handles);
  return element;
}

/** Keeps an element a box, in their order; the one with the focus keeps it. */
export class BoxElements {
  #stage;
  #elements = [];

  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.#stage = stage;
  }

  /** The box that an element belongs to; -1: none. @param {EventTarget | null} target */
  indexOf(target) {
    return this.#elements.findIndex((element) => element.contains(target));
  }

  /** Give the focus to a box. @returns {boolean} whether there is one */
  focus(index) {
    this.#elements[index]?.focus({ preventScroll: true });
    return Boolean(this.#elements[index]);
  }

  /** @param {import("../model/boxes.js").Box[]} boxes @param {{width: number, height: number}} size of the picture @param {number} selected */
  show(boxes, size, selected) {
    while (this.#elements.length > boxes.length) this.#elements.pop().remove();
    while (this.#elements.length < boxes.length) this.#stage.append(this.#elements[this.#elements.push(newElement()) - 1]);
    for (const [i, box] of boxes.entries()) this.place(i, box, size, i === selected, boxes.length);
  }

  /** Place one box, while it is dragged too. */
  place(index, box, { width, height }, selected, all) {
    const element = this.#elements[index];
    const percent = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(element.style, { left: percent(box.x, width), top: percent(box.y, height), width: percent(box.w, width), height: percent(box.h, height) });
    element.setAttribute("aria-label", boxText(box, index, all));
    element.toggleAttribute("data-selected", selected);
    if (element.dataset.label === box.label) return;
    element.dataset.label = box.label;
    element.querySelector(".tag").replaceChildren(stateElement(box.label));
  }
}
