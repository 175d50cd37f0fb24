// The picture that was taken: a flash, then a sheet with a thumbnail and what can be done with it.
import { byId } from "../shared/dom.js";
import { download } from "../shared/files/download.js";
import { timestampedName } from "../shared/numbers.js";

/** Shows one picture at a time, the newest. */
export class TakenPicture {
  #sheet = byId("taken");
  #file = null;

  constructor() {
    byId("taken-save").addEventListener("click", () => download(this.#file, this.#file.name));
    byId("taken-copy").addEventListener("click", () => this.#copy());
    byId("taken-share").addEventListener("click", () => this.#share());
    byId("taken-close").addEventListener("click", () => this.close());
    byId("taken-copy").hidden = !navigator.clipboard?.write || typeof ClipboardItem === "undefined";
  }

  /** Flash: the picture is taken now, whatever happens to it. */
  flash() {
    const flash = byId("flash");
    flash.hidden = false;
    // The animation starts anew each time; with reduced motion there is none, and the flash is a white frame.
    flash.getAnimations().forEach((animation) => animation.cancel());
    setTimeout(() => (flash.hidden = true), 300);
  }

  /** Show a PNG. @param {Blob} png */
  show(png) {
    URL.revokeObjectURL(byId("taken-picture").src);
    this.#file = new File([png], timestampedName(new Date(), "png"), { type: "image/png" });
    byId("taken-picture").src = URL.createObjectURL(this.#file);
    byId("taken-share").hidden = !navigator.canShare?.({ files: [this.#file] });
    byId("taken-copy").textContent = "Copy";
    this.#sheet.hidden = false;
  }

  /** Hide the sheet and forget the picture. */
  close() {
    if (this.#sheet.contains(document.activeElement)) byId("snapshot").focus();
    this.#sheet.hidden = true;
    URL.revokeObjectURL(byId("taken-picture").src);
    this.#file = null;
  }

  async #copy() {
    const done = await navigator.clipboard.write([new ClipboardItem({ "image/png": this.#file })]).then(() => true, () => false);
    byId("taken-copy").textContent = done ? "Copied" : "Not allowed";
  }

  async #share() {
    // Rejects when the visitor closes the dialog without sharing.
    await navigator.share({ files: [this.#file], title: "Mask Mirror" }).catch(() => {});
  }
}
