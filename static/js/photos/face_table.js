// The table of a photo's faces, grouped by state; a group folds, a row can be highlighted and chosen.
import { stateElement } from "../shared/dom.js";
import { STATES, STATE_NAMES } from "../shared/faces/face_states.js";
import { certaintyText, uncertainLabelText } from "../shared/faces/text.js";
import { percent } from "../shared/numbers.js";

/** With more faces than this, the groups are folded at first. */
const OPEN_UP_TO = 8;

/** Fills a table. Events: "point" and "choose" (detail: index of the face, or null). */
export class FaceTable extends EventTarget {
  #table;
  #rows = [];

  /** @param {HTMLTableElement} table with its head */
  constructor(table) {
    super();
    this.#table = table;
  }

  /** Show the faces. @param {object[]} faces in the order of their numbers */
  show(faces) {
    this.#rows = new Array(faces.length);
    this.#table.hidden = faces.length === 0;
    for (const body of [...this.#table.tBodies]) body.remove();
    for (const state of STATE_NAMES) {
      const indices = faces.map((face, i) => i).filter((i) => faces[i].state === state);
      if (indices.length) this.#table.append(...this.#group(state, indices, faces));
    }
  }

  /** Highlight a face's row, none if null; its group is unfolded if asked. */
  highlight(index, { unfold = false } = {}) {
    this.#rows.forEach((row, i) => row.classList.toggle("current", i === index));
    if (index === null || !unfold) return;
    const body = this.#rows[index].parentElement;
    if (body.hidden) this.#fold(body, false);
    this.#rows[index].scrollIntoView({ block: "nearest" });
  }

  #group(state, indices, faces) {
    const head = document.createElement("tbody");
    const body = document.createElement("tbody");
    const toggle = document.createElement("button");
    Object.assign(toggle, { type: "button", className: "group" });
    toggle.append(stateElement(state), Object.assign(document.createElement("span"), { className: "small", textContent: indices.length === 1 ? "1 face" : `${indices.length} faces` }));
    toggle.addEventListener("click", () => this.#fold(body, !body.hidden));
    const cell = Object.assign(document.createElement("th"), { colSpan: 3, scope: "rowgroup" });
    cell.append(toggle);
    head.insertRow().append(cell);
    for (const i of indices) this.#rows[i] = this.#row(body, faces[i], i);
    this.#fold(body, faces.length > OPEN_UP_TO, toggle);
    return [head, body];
  }

  #fold(body, folded, toggle = body.previousElementSibling.querySelector("button")) {
    body.hidden = folded;
    toggle.setAttribute("aria-expanded", String(!folded));
  }

  #row(body, face, i) {
    const row = body.insertRow();
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet face", textContent: String(face.number ?? 1) });
    button.setAttribute("aria-label", `Face ${face.number ?? 1}, ${STATES[face.state].word}: zoom`);
    const label = uncertainLabelText(face);
    const certainty = label === null ? [certaintyText(face)] : [certaintyText(face), Object.assign(document.createElement("span"), { className: "small", textContent: ` ${label}` })];
    for (const contents of [[button], certainty, [percent(face.detection_score)]]) row.insertCell().append(...contents);
    row.addEventListener("pointerenter", () => this.#emit("point", i));
    row.addEventListener("pointerleave", () => this.#emit("point", null));
    button.addEventListener("focus", () => this.#emit("point", i));
    button.addEventListener("blur", () => this.#emit("point", null));
    row.addEventListener("click", () => this.#emit("choose", i));
    return row;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
