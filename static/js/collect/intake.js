// Takes files in, one after the other: pictures, frames of videos, ZIPs; tells how far it is, and what went wrong.
import { kindOf } from "../shared/storage/other_page.js";
import { pictureFrom } from "./picture_file.js";
import { videoFrames } from "./video_frames.js";
import { zipPictures } from "./zip_import.js";

const isZip = ({ type, name }) => /^application\/(x-)?zip(-compressed)?$/.test(type) || /\.zip$/i.test(name);

/** Events: "progress", detail: {text, done, all}; "finished", detail: {text, problems}. */
export class Intake extends EventTarget {
  #collection;
  #config;
  #current;
  /** How often it was cancelled: a batch that was chosen before the last time takes nothing more in. */
  #cancels = 0;
  #working = Promise.resolve();
  #batch = 0;

  /**
   * @param {import("./model/collection.js").Collection} collection
   * @param {{imageMaxBytes: number, imageFormats: string}} config
   * @param {() => {sitting: number, last: number, state: string | null}} current what the visitor chose; `last`: highest sitting
   */
  constructor(collection, config, current) {
    super();
    this.#collection = collection;
    this.#config = config;
    this.#current = current;
  }

  /** A group for pictures that come together: one step to undo. */
  newGroup() {
    this.#batch += 1;
    return `pictures ${this.#batch}`;
  }

  /** Add a picture with the chosen sitting and state. @param {Blob} file @param {{text: string, group: string}} step @returns {Promise<boolean>} false: it is there already */
  async addPicture(file, step, fields = () => ({})) {
    const { sitting, state } = this.#current();
    const { picture, jpeg } = await pictureFrom(file, this.#config);
    return this.#collection.add({ sitting, state, ...picture, ...fields(picture) }, jpeg, step);
  }

  /** Take in files, after those that are being taken in. @param {File[]} files */
  addFiles(files) {
    const cancels = this.#cancels;
    const isCancelled = () => cancels !== this.#cancels;
    this.#working = this.#working.then(() => isCancelled() || this.#addFiles(files, isCancelled));
    return this.#working;
  }

  /** Stop, and forget what waits; what has been taken in stays. */
  cancel() {
    this.#cancels += 1;
  }

  async #addFiles(files, isCancelled) {
    const result = { added: 0, known: 0, problems: [] };
    const step = { text: files.length === 1 ? `add ${files[0].name}` : `add ${files.length} files`, group: this.newGroup() };
    for (const [i, file] of files.entries()) {
      if (isCancelled()) break;
      await this.#addFile(file, step, result, { i, all: files.length, isCancelled }).catch((error) => result.problems.push(`${file.name}: ${error.message}`));
    }
    this.#collection.endStep();
    this.dispatchEvent(new CustomEvent("finished", { detail: { text: resultText(result, isCancelled()), problems: result.problems } }));
  }

  async #addFile(file, step, result, { i, all, isCancelled }) {
    const count = (added) => (result[added ? "added" : "known"] += 1);
    if (isZip(file)) {
      const { sitting: current, last } = this.#current();
      for await (const one of zipPictures(file, { current, last }, (problem) => result.problems.push(problem))) {
        if (isCancelled()) return;
        this.#tell(`Picture ${one.number} of ${one.all} in ${file.name}`, one.number - 1, one.all);
        const fields = (size) => ({ sitting: one.sitting, state: null, ...one.labelled(size) });
        await this.addPicture(one.file, step, fields).then(count, (error) => result.problems.push(`${one.name}: ${error.message}`));
      }
    } else if (kindOf(file) === "video") {
      for await (const { jpeg, number, all: frames } of videoFrames(file)) {
        if (isCancelled()) return;
        this.#tell(`Frame ${number} of ${frames} of ${file.name}`, number - 1, frames);
        count(await this.addPicture(jpeg, step));
      }
    } else {
      this.#tell(`File ${i + 1} of ${all}`, i, all);
      count(await this.addPicture(file, step));
    }
  }

  #tell(text, done, all) {
    this.dispatchEvent(new CustomEvent("progress", { detail: { text, done, all } }));
  }
}

const counted = (count, one, more) => (count === 1 ? `1 ${one}` : `${count} ${more}`);

function resultText({ added, known }, cancelled) {
  const parts = [cancelled ? "Cancelled." : "", `${counted(added, "picture", "pictures")} added.`, known ? `${counted(known, "was", "were")} here already.` : ""];
  return parts.filter(Boolean).join(" ");
}
