// What the editor's buttons say and which of them work.
import { byId } from "../../shared/dom.js";
import { marksOf } from "../model/marks.js";

/**
 * @param {import("../model/collection.js").Collection} collection
 * @param {{picture: import("../model/picture.js").Picture, selected: number, place: number, last: number}} shown `place` among those that "Next" leads through
 */
export function showTools({ pictures, undoText, redoText }, { picture, selected, place, last }) {
  byId("editor-title").textContent = `Picture ${pictures.findIndex(({ id }) => id === picture.id) + 1} of ${pictures.length}`;
  byId("editor-note").textContent = marksOf(picture).join(". ");
  const label = picture.boxes[selected]?.label;
  for (const button of byId("editor").querySelectorAll("[data-label-button]")) {
    button.setAttribute("aria-pressed", String(button.value === label));
    button.disabled = !label;
  }
  byId("editor-delete").disabled = !label;
  for (const [id, word, text] of [["editor-undo", "Undo", undoText], ["editor-redo", "Redo", redoText]]) {
    // Not disabled: it would lose the focus with the last step.
    byId(id).setAttribute("aria-disabled", String(!text));
    byId(id).title = text ? `${word}: ${text}` : `Nothing to ${word.toLowerCase()}`;
  }
  byId("editor-leave-out").textContent = picture.leftOut ? "Take in" : "Leave out";
  byId("editor-previous").disabled = place <= 0;
  byId("editor-next").textContent = place < last ? "Next" : "Done";
  showSittings(Math.max(...pictures.map(({ sitting }) => sitting)), picture.sitting);
}

function showSittings(last, current) {
  const options = Array.from({ length: last + 1 }, (_, i) => new Option(i < last ? `Sitting ${i + 1}` : "A new sitting", i + 1, false, i + 1 === current));
  byId("editor-sitting").replaceChildren(...options);
}
