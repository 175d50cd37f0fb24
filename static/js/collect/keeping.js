// What is kept on this device: the room, export, and "Delete everything" with its undo.
import { byId } from "../shared/dom.js";
import { download } from "../shared/files/download.js";
import { timestampedName } from "../shared/numbers.js";
import { exportZip } from "./formats/export_zip.js";
import { progressOf } from "./model/progress.js";
import { estimateRoom, roomText } from "./store/room.js";
import { TROUBLE_TEXT } from "./store/picture_store.js";

const UNDO_MS = 30_000;

/** Connects the section with a collection and its store. */
export class Keeping {
  #collection;
  #store;
  #announce;
  #sweeping = null;
  #deleted = [];

  /**
   * @param {import("./model/collection.js").Collection} collection
   * @param {import("./store/picture_store.js").PictureStore} store
   * @param {(text: string) => void} announce
   */
  constructor(collection, store, announce) {
    this.#collection = collection;
    this.#store = store;
    this.#announce = announce;
    for (const button of document.querySelectorAll("[data-export]")) button.addEventListener("click", () => this.#export(button));
    byId("delete-all").addEventListener("click", () => this.#ask(true));
    byId("keep-all").addEventListener("click", () => this.#ask(false));
    byId("delete-all-now").addEventListener("click", () => this.#deleteAll());
    byId("undo-delete-all").addEventListener("click", () => this.#undoDeletion());
    addEventListener("pagehide", () => this.#sweeping && this.#sweep());
    addEventListener("beforeunload", (event) => store.unsaved && event.preventDefault());
    store.addEventListener("trouble", () => this.#show());
    collection.addEventListener("change", () => this.#show());
    this.#show();
  }

  async #show() {
    const { pictures } = this.#collection;
    const { used } = progressOf(pictures);
    const left = pictures.length - used;
    for (const button of document.querySelectorAll("[data-export]")) button.disabled = used === 0;
    byId("delete-all").disabled = pictures.length === 0;
    byId("export-note").textContent = left ? `${left === 1 ? "1 picture is" : `${left} pictures are`} not in it: without a box, or left out.` : "";
    const { trouble, unsaved } = this.#store;
    byId("store-trouble").hidden = !trouble;
    byId("store-trouble").textContent = trouble ? `${TROUBLE_TEXT[trouble]}${unsaved ? ` Not kept: ${unsaved}.` : ""}` : "";
    const bytes = pictures.reduce((sum, picture) => sum + (picture.bytes ?? 0), 0);
    const { text, little } = roomText(pictures.length, bytes, trouble === "refused" ? {} : await estimateRoom());
    byId("room").textContent = text;
    byId("room").classList.toggle("notice", little);
  }

  async #export(button) {
    const status = byId("export-status");
    button.disabled = true;
    try {
      const zip = await exportZip(this.#collection, button.dataset.export, (done, all) => (status.textContent = `Picture ${done + 1} of ${all}`));
      download(zip, timestampedName(new Date(), "zip").replace("mask-mirror", `mask-mirror-${button.dataset.export}`));
      status.textContent = "Exported.";
    } catch (error) {
      status.textContent = error.message;
    }
    this.#announce(status.textContent);
    button.disabled = false;
    button.focus();
  }

  #ask(asked) {
    byId("delete-question").hidden = !asked;
    byId("delete-all").hidden = asked;
    const { length } = this.#collection.pictures;
    byId("delete-question-text").textContent = `Delete ${length === 1 ? "the picture" : `all ${length} pictures`} of this device, with all boxes?`;
    byId(asked ? "keep-all" : "delete-all").focus();
  }

  #deleteAll() {
    this.#deleted = this.#collection.pictures;
    const ids = this.#deleted.map(({ id }) => id);
    this.#collection.remove(ids, "delete everything");
    this.#ask(false);
    byId("deleted").hidden = false;
    byId("deleted-text").textContent = `${ids.length === 1 ? "1 picture" : `${ids.length} pictures`} deleted.`;
    byId("undo-delete-all").focus();
    clearTimeout(this.#sweeping);
    this.#sweeping = setTimeout(() => this.#sweep(), UNDO_MS);
  }

  #undoDeletion() {
    this.#collection.restore(this.#deleted, "bring everything back");
    this.#hideDeleted();
    byId("delete-all").focus();
  }

  /** Nothing comes back from here on. Where pictures were taken meanwhile, or came back, those stay. */
  #sweep() {
    this.#hideDeleted();
    this.#collection.forgetSteps();
    this.#store.sweep();
  }

  #hideDeleted() {
    clearTimeout(this.#sweeping);
    this.#sweeping = null;
    this.#deleted = [];
    if (byId("deleted").contains(document.activeElement)) byId("delete-all").focus();
    byId("deleted").hidden = true;
  }
}
