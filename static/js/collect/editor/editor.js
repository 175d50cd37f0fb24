// The editor: one picture of the collection large, with its boxes.
import { byId } from "../../shared/dom.js";
import { LABELS } from "../../shared/faces/face_states.js";
import { boxesText } from "../model/marks.js";
import { middleBox, movedBox, resizedBox } from "../model/boxes.js";
import { BoxElements } from "./box_elements.js";
import { actionOf } from "./keys.js";
import { Pointers } from "./pointers.js";
import { boxText, doneText, STEPS } from "./sentences.js";
import { showTools } from "./tools.js";
import { Zoom } from "./zoom.js";

/** An arrow moves a box by this part of the picture's longer side; with Ctrl by a pixel. */
const NUDGE = 0.01;

/** Edits the pictures of a list, one after the other. Event: "closed", detail: id of the picture that was shown. */
export class Editor extends EventTarget {
  #collection;
  #dialog = byId("editor");
  #stage = byId("editor-stage");
  #elements = new BoxElements(this.#stage);
  #zoom = new Zoom(byId("editor-view"), this.#stage);
  #ids = [];
  #id = null;
  #selected = 0;
  #url = null;

  /** @param {import("../model/collection.js").Collection} collection */
  constructor(collection) {
    super();
    this.#collection = collection;
    new Pointers(this.#stage, this.#zoom, {
      state: () => ({ boxes: this.#boxes, size: this.#picture, label: this.#label }),
      indexOf: (element) => this.#elements.indexOf(element),
      preview: (index, box) => this.#show(this.#with(index, box), index),
      restore: () => this.#show(),
      select: (index) => this.#select(index),
      commit: (kind, index, box) => this.#commit(kind, this.#with(index, box), index),
      tooSmall: () => this.#say("Too small for a box: draw it at least 8 pixels wide and high."),
    });
    this.#listen();
    collection.addEventListener("change", ({ detail }) => this.#dialog.open && (detail.length === 0 || detail.includes(this.#id)) && this.#changed());
  }

  /** Edit a picture. @param {string} id @param {string[]} ids those that "Next" leads through */
  async open(id, ids) {
    this.#ids = ids;
    if (!this.#dialog.open) this.#dialog.showModal();
    await this.#turnTo(id);
  }

  /** Close the editor, if it is open. */
  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  get #picture() {
    return this.#collection.get(this.#id);
  }

  get #boxes() {
    return this.#picture?.boxes ?? [];
  }

  /** Of a new box: that of the others, else what the picture was taken as. */
  get #label() {
    return this.#boxes[this.#selected]?.label ?? this.#picture?.state ?? LABELS[0];
  }

  #with(index, box) {
    return Object.assign([...this.#boxes], { [index]: box });
  }

  #listen() {
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#stage.addEventListener("focusin", ({ target }) => this.#select(this.#elements.indexOf(target)));
    const clicks = {
      "editor-close": () => this.close(),
      "editor-add": () => this.#add(),
      "editor-delete": () => this.#delete(),
      "editor-undo": () => this.#replay("undo"),
      "editor-redo": () => this.#replay("redo"),
      "editor-in": () => this.#zoom.step(1),
      "editor-out": () => this.#zoom.step(-1),
      "editor-whole": () => this.#zoom.whole(),
      "editor-previous": () => this.#step(-1),
      "editor-next": () => this.#step(1),
      "editor-leave-out": () => this.#leaveOut(),
    };
    for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
    for (const button of this.#dialog.querySelectorAll("[data-label-button]")) button.addEventListener("click", () => this.#relabel(button.value));
    byId("editor-sitting").addEventListener("change", ({ target }) => this.#collection.change(new Map([[this.#id, { sitting: Number(target.value) }]]), { text: "move a picture to another sitting" }));
  }

  #key(event) {
    const onBox = this.#elements.indexOf(document.activeElement) >= 0;
    // A list of choices has its own keys.
    if (document.activeElement?.tagName === "SELECT") return;
    const action = actionOf(event, onBox);
    if (!action) return;
    event.preventDefault();
    const { kind, dx, dy, fine, label, by } = action;
    const step = fine ? 1 : Math.max(1, Math.round(Math.max(this.#picture.width, this.#picture.height) * NUDGE));
    const box = this.#boxes[this.#selected];
    if (kind === "move") this.#nudge(kind, movedBox(box, dx * step, dy * step, this.#picture));
    else if (kind === "resize") this.#nudge(kind, resizedBox(box, dx ? "e" : "s", dx * step, dy * step, this.#picture));
    else if (kind === "label") this.#relabel(label);
    else if (kind === "delete") this.#delete();
    else if (kind === "add") this.#add();
    else if (kind === "zoom") this.#zoom.step(by);
    else if (kind === "whole") this.#zoom.whole();
    else if (kind === "step") this.#step(by);
    else this.#replay(kind);
  }

  async #turnTo(id) {
    this.#seen();
    this.#id = id;
    this.#selected = 0;
    const jpeg = await this.#collection.jpeg(id);
    const picture = this.#picture;
    // Another one was chosen meanwhile, or this one is gone.
    if (id !== this.#id || !picture) return;
    const image = byId("editor-picture");
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = jpeg ? URL.createObjectURL(jpeg) : null;
    image.src = this.#url ?? "";
    this.#zoom.show(picture);
    this.#show();
    if (!this.#elements.focus(0)) byId("editor-add").focus();
    this.#say(`${byId("editor-title").textContent}: ${boxesText(picture)}. ${byId("editor-note").textContent}`);
  }

  /** Whoever goes on from a picture has checked its boxes. */
  #seen() {
    const picture = this.#picture;
    if (picture && !picture.checked && picture.boxes.length) this.#collection.update(this.#id, { checked: true });
  }

  /** Those that "Next" leads through: an undone step may have removed some. */
  get #stillThere() {
    return this.#ids.filter((id) => this.#collection.get(id));
  }

  #step(by) {
    const ids = this.#stillThere;
    const id = ids[ids.indexOf(this.#id) + by];
    if (id !== undefined) this.#turnTo(id);
    else if (by > 0) this.close();
  }

  #select(index) {
    if (index < 0 || index === this.#selected) return;
    this.#selected = index;
    this.#show();
    this.#say(boxText(this.#boxes[index], index, this.#boxes.length));
  }

  #nudge(kind, box) {
    this.#commit(kind, this.#with(this.#selected, box), this.#selected, `${kind} ${this.#id} ${this.#selected}`);
  }

  #add() {
    if (!this.#picture) return;
    this.#commit("add", [...this.#boxes, middleBox(this.#zoom.part, this.#picture, this.#label)], this.#boxes.length);
  }

  #delete() {
    if (!this.#boxes.length) return;
    this.#commit("delete", this.#boxes.filter((_, i) => i !== this.#selected), Math.min(this.#selected, this.#boxes.length - 2));
  }

  #relabel(label) {
    const box = this.#boxes[this.#selected];
    if (box && box.label !== label) this.#commit("label", this.#with(this.#selected, { ...box, label }), this.#selected);
  }

  #leaveOut() {
    const leftOut = !this.#picture.leftOut;
    this.#collection.change(new Map([[this.#id, { leftOut }]]), { text: leftOut ? "leave out a picture" : "take a picture in" });
    this.#say(leftOut ? "Left out." : "Taken in.");
  }

  #commit(kind, boxes, selected, group) {
    this.#selected = Math.max(0, selected);
    if (!group) this.#collection.endStep();
    this.#collection.change(new Map([[this.#id, { boxes, checked: true }]]), { text: STEPS[kind], group });
    if (!this.#elements.focus(this.#selected)) byId("editor-add").focus();
    this.#say(doneText(kind, boxes[this.#selected]));
  }

  #replay(way) {
    const text = this.#collection[way]();
    const done = way === "undo" ? "Undone" : "Done again";
    // Also where another picture changed: there may be more or fewer to go on to.
    this.#show();
    this.#say(text ? `${done}: ${text}.` : `There is nothing to ${way}.`);
  }

  #changed() {
    // Undone until before it was taken.
    if (!this.#picture) return this.close();
    this.#selected = Math.max(0, Math.min(this.#selected, this.#boxes.length - 1));
    this.#show();
  }

  /** @param {import("../model/boxes.js").Box[]} [draft] while a box is dragged @param {number} [selected] */
  #show(draft, selected = this.#selected) {
    const picture = this.#picture;
    if (!picture) return;
    this.#elements.show(draft ?? picture.boxes, picture, selected);
    if (draft) return;
    const ids = this.#stillThere;
    showTools(this.#collection, { picture, selected, place: ids.indexOf(this.#id), last: ids.length - 1 });
  }

  #say(text) {
    byId("editor-announcements").textContent = text;
  }

  #closed() {
    this.#seen();
    this.#collection.endStep();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
    byId("editor-picture").removeAttribute("src");
    this.dispatchEvent(new CustomEvent("closed", { detail: this.#id }));
    this.#id = null;
  }
}
