// Hands the collection over to the page that trains, as the ZIP that "Export" writes.
import { byId } from "../shared/dom.js";
import { handOver } from "../shared/storage/handover.js";
import { timestampedName } from "../shared/numbers.js";
import { exportZip } from "./formats/export_zip.js";
import { progressOf } from "./model/progress.js";

/** Connects the link, on servers that train. */
export class TrainingLink {
  #collection;
  #announce;
  #link = byId("train-with");
  #packing = false;

  /**
   * @param {import("./model/collection.js").Collection} collection
   * @param {(text: string) => void} announce
   */
  constructor(collection, announce) {
    this.#collection = collection;
    this.#announce = announce;
    this.#link.addEventListener("click", (event) => {
      event.preventDefault();
      this.#go();
    });
  }

  async #go() {
    if (this.#packing) return;
    if (progressOf(this.#collection.pictures).used === 0) return this.#say("There is no picture with a box yet.");
    this.#packing = true;
    try {
      const zip = await exportZip(this.#collection, "labelme", (done, all) => (byId("train-status").textContent = `Picture ${done + 1} of ${all}`));
      await handOver([new File([zip], timestampedName(new Date(), "zip"), { type: "application/zip" })]);
      location.assign(this.#link.href);
    } catch (error) {
      this.#say(error.message);
    }
    this.#packing = false;
  }

  #say(text) {
    byId("train-status").textContent = text;
    this.#announce(text);
  }
}
