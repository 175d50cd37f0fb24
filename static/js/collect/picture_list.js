// The list of pictures: what is shown of them, and what can be done with many at once.
import { byId } from "../shared/dom.js";
import { FILTERS } from "./model/marks.js";
import { nearDuplicates } from "./model/picture_hash.js";
import { PictureCard } from "./picture_card.js";

/** Shows the collection; cards are made once and kept. */
export class PictureList {
  #collection;
  #open;
  #cards = new Map();
  #near = new Map();
  #nearKey = "";
  #drawing = false;

  /**
   * @param {import("./model/collection.js").Collection} collection
   * @param {{open: (id: string, ids: string[]) => void, retry: () => void}} actions `open`: edit a picture, among these
   */
  constructor(collection, { open, retry }) {
    this.#collection = collection;
    this.#open = open;
    collection.addEventListener("change", () => this.#schedule());
    byId("filter").addEventListener("change", () => this.#draw());
    byId("leave-near").addEventListener("click", () => this.#leaveOut([...this.#near.keys()], `leave out ${this.#near.size} near-duplicates`));
    byId("delete-left-out").addEventListener("click", () => {
      const ids = this.#ids("left_out");
      collection.remove(ids, `delete ${ids.length} pictures`);
    });
    byId("propose-again").addEventListener("click", retry);
    byId("check-first").addEventListener("click", () => this.#open(this.#ids("unchecked")[0], this.#ids("unchecked")));
  }

  /** Give the focus to a picture, or to what stands before the list. */
  focus(id) {
    const card = this.#cards.get(id);
    if (card?.root.isConnected) card.focus();
    else byId("filter").focus();
  }

  #leaveOut(ids, text, leftOut = true) {
    this.#collection.change(new Map(ids.map((id) => [id, { leftOut }])), { text });
  }

  #ids(filter) {
    return this.#collection.pictures.filter((picture) => FILTERS[filter](picture, this.#near)).map(({ id }) => id);
  }

  #schedule() {
    if (this.#drawing) return;
    this.#drawing = true;
    // Not a frame of the screen: a page in the background draws none.
    setTimeout(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    const pictures = this.#collection.pictures;
    const key = pictures.map(({ id, leftOut }) => `${id} ${leftOut}`).join();
    if (key !== this.#nearKey) [this.#near, this.#nearKey] = [nearDuplicates(pictures), key];
    const numbers = new Map(pictures.map(({ id }, i) => [id, i + 1]));
    const filter = this.#showCounts(pictures);
    const shown = new Set(this.#ids(filter));
    for (const [id, card] of this.#cards) {
      if (numbers.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    const cards = pictures.map((picture) => {
      const card = this.#cards.get(picture.id) ?? this.#add(picture.id);
      card.show(picture, numbers.get(picture.id), numbers.get(this.#near.get(picture.id)));
      card.root.hidden = !shown.has(picture.id);
      return card.root;
    });
    const list = byId("pictures");
    if (cards.some((card, i) => list.children[i] !== card)) list.append(...cards);
    byId("none-shown").hidden = shown.size > 0 || pictures.length === 0;
  }

  #add(id) {
    const leave = () => {
      const { leftOut } = this.#collection.get(id);
      this.#leaveOut([id], leftOut ? "take a picture in" : "leave out a picture", !leftOut);
    };
    const card = new PictureCard({ onOpen: () => this.#open(id, this.#ids(byId("filter").value)), onLeaveOut: leave });
    this.#cards.set(id, card);
    return card;
  }

  /** The numbers beside the choices and on the buttons. @returns {string} the choice that counts */
  #showCounts(pictures) {
    const { undoText, redoText } = this.#collection;
    byId("has-pictures").hidden = pictures.length === 0 && !undoText && !redoText;
    byId("no-pictures").hidden = pictures.length > 0;
    const select = byId("filter");
    const counts = Object.fromEntries(Object.keys(FILTERS).map((name) => [name, this.#ids(name).length]));
    for (const option of select.options) {
      option.textContent = `${option.dataset.text} (${counts[option.value]})`;
      option.hidden = counts[option.value] === 0 && !option.selected && option.value !== "all";
    }
    const failed = pictures.filter(({ proposal, leftOut }) => proposal === "failed" && !leftOut).length;
    const buttons = { "check-first": [counts.unchecked, "Check the boxes"], "leave-near": [counts.near, "Leave out near-duplicates"], "delete-left-out": [counts.left_out, "Delete those left out"], "propose-again": [failed, "Propose boxes again"] };
    for (const [id, [count, text]] of Object.entries(buttons)) {
      // A button that disappears would leave the focus nowhere.
      if (count === 0 && byId(id) === document.activeElement) select.focus();
      byId(id).hidden = count === 0;
      byId(id).textContent = `${text} (${count})`;
    }
    return select.value;
  }
}
