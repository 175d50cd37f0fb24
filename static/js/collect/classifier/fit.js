// From a collection to a visitor's own classifier, on this device. It can be cancelled at any time.
import { DeviceDetector } from "../../device/device_detector.js";
import { cornersOf } from "../model/boxes.js";
import { learntPictures } from "./learnable.js";

/** The visitor did not want it any more. */
export class Cancelled extends Error {}

/** One fit, in a worker of its own, which ends with it: cancelling needs to wait for nothing. */
export class Fit {
  #detector;
  #collection;
  #cancelled = false;

  /** @param {import("../model/collection.js").Collection} collection @param {string} deviceUrl see DeviceDetector */
  constructor(collection, deviceUrl) {
    this.#collection = collection;
    this.#detector = new DeviceDetector(deviceUrl);
  }

  /**
   * Classify the crop of every box that is used, then fit.
   * @param {(step: "load" | "read" | "learn", done: number, all: number) => void} onProgress pictures
   * @returns {Promise<{personal: import("../../device/personal/personal_classifier.js").Personal, report: object, lost: number}>} lost: pictures that could not be read
   * @throws {Cancelled} @throws {import("../../device/failures.js").DeviceError} @throws {import("../../device/personal/personal_classifier.js").PersonalError}
   */
  async run(onProgress) {
    try {
      return await this.#run(onProgress);
    } catch (error) {
      throw this.#cancelled ? new Cancelled() : error;
    } finally {
      this.#detector.close();
    }
  }

  /** End it; nothing has changed. */
  cancel() {
    this.#cancelled = true;
    this.#detector.close();
  }

  async #run(onProgress) {
    const pictures = learntPictures(this.#collection.pictures);
    onProgress("load", 0, pictures.length);
    await this.#detector.open("photo", { classifier: false, wide: false });
    const examples = [];
    let lost = 0;
    for (const [i, picture] of pictures.entries()) {
      this.#goOn();
      onProgress("read", i, pictures.length);
      const bitmap = await this.#bitmap(picture.id);
      if (bitmap) examples.push(...(await this.#examples(picture, bitmap)));
      else lost += 1;
    }
    this.#goOn();
    onProgress("learn", pictures.length, pictures.length);
    return { ...(await this.#detector.fitPersonal(examples)), lost };
  }

  async #examples({ boxes, sitting }, bitmap) {
    this.#goOn();
    const crops = await this.#detector.classifyCrops(bitmap, boxes.map(cornersOf));
    return crops.map((crop, i) => ({ ...crop, label: boxes[i].label, sitting: `sitting-${sitting}` }));
  }

  /** @returns {Promise<ImageBitmap | null>} null where the browser has lost or damaged the picture */
  async #bitmap(id) {
    const jpeg = await this.#collection.jpeg(id);
    return jpeg ? createImageBitmap(jpeg).catch(() => null) : null;
  }

  /** A detector that was closed would open another worker. */
  #goOn() {
    if (this.#cancelled) throw new Cancelled();
  }
}
