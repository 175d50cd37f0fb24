// A picture in the list: thumbnail with its boxes, what is to be said about it, and whether it is left out.
import { fromTemplate } from "../shared/dom.js";
import { boxesText, marksOf } from "./model/marks.js";

const SVG = "http://www.w3.org/2000/svg";

/** An SVG of boxes over the thumbnail. @param {import("./model/picture.js").Picture} picture */
function outlines({ width, height, boxes }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  for (const { x, y, w, h, label } of boxes) {
    const rect = svg.appendChild(document.createElementNS(SVG, "rect"));
    for (const [name, value] of Object.entries({ x, y, width: w, height: h, class: label })) rect.setAttribute(name, value);
  }
  return svg;
}

/** One card. */
export class PictureCard {
  #card = fromTemplate("picture-card");
  #url = null;
  #shown = "";

  /** @param {{onOpen: () => void, onLeaveOut: () => void}} actions */
  constructor({ onOpen, onLeaveOut }) {
    const { open, leaveOut } = this.#card.parts;
    open.addEventListener("click", onOpen);
    leaveOut.addEventListener("click", onLeaveOut);
  }

  get root() {
    return this.#card.root;
  }

  /** Give the focus to the picture. */
  focus() {
    this.#card.parts.open.focus();
  }

  /** @param {import("./model/picture.js").Picture} picture @param {number} number its place in the collection @param {number | undefined} earlier see marksOf */
  show(picture, number, earlier) {
    const marks = marksOf(picture, earlier);
    const { boxes, checked, leftOut, sitting, thumbnail } = picture;
    const shown = JSON.stringify([number, marks, boxes, checked, leftOut, sitting]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { open, image, number: place, marks: text, leaveOut } = this.#card.parts;
    if (!this.#url && thumbnail) image.src = this.#url = URL.createObjectURL(thumbnail);
    open.querySelector("svg")?.remove();
    open.querySelector(".thumbnail").append(outlines(picture));
    place.textContent = `${number}${checked ? " ✓" : ""}`;
    text.textContent = marks.join(". ");
    open.setAttribute("aria-label", [`Picture ${number}`, `sitting ${sitting}`, boxesText(picture), ...marks, checked ? "checked" : "not checked"].join(", "));
    this.root.toggleAttribute("data-left-out", leftOut);
    this.root.toggleAttribute("data-mark", marks.length > 0 && !leftOut);
    leaveOut.textContent = leftOut ? "Take in" : "Leave out";
    leaveOut.setAttribute("aria-label", `${leftOut ? "Take in" : "Leave out"} picture ${number}`);
  }

  /** Remove the card and free its thumbnail. */
  remove() {
    this.root.remove();
    if (this.#url) URL.revokeObjectURL(this.#url);
  }
}
