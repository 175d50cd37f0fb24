// The settings of the mirror: mirror image, uncertain faces, camera. What the visitor chooses is remembered.
import { byId } from "../shared/dom.js";
import { remember, remembered } from "../shared/storage/remembered.js";
import { thresholdText, thresholds } from "./mirror/threshold.js";

/** Connects the controls. Events: "change" (mirror image or threshold), "camera" (detail: the device's id). */
export class SettingsSheet extends EventTarget {
  #mirrored = byId("mirrored");
  #threshold = byId("threshold");
  #shipped;

  /** @param {number} shipped the threshold that the server applies unless a frame gives another */
  constructor(shipped) {
    super();
    this.#shipped = shipped;
    this.#threshold.value = remembered("threshold", this.#initial);
    this.#showThreshold();
    this.#mirrored.addEventListener("change", () => {
      remember("mirrored", this.#mirrored.checked);
      this.#changed();
    });
    this.#threshold.addEventListener("input", () => {
      remember("threshold", this.#threshold.valueAsNumber);
      this.#showThreshold();
      this.#changed();
    });
    byId("camera").addEventListener("change", (event) => {
      remember("camera", event.target.value);
      this.dispatchEvent(new CustomEvent("camera", { detail: event.target.value }));
    });
  }

  /** Whether the picture is shown mirrored. */
  get mirrored() {
    return this.#mirrored.checked;
  }

  /** Another picture is shown: `usual` applies unless the visitor has chosen. */
  usuallyMirrored(usual) {
    this.#mirrored.checked = remembered("mirrored", usual);
    this.#changed();
  }

  /** What the slider means; see threshold.js. */
  get thresholds() {
    return thresholds(this.#threshold.valueAsNumber, this.#initial, this.#shipped);
  }

  /** Another detector applies another threshold, unless the visitor has chosen one. */
  set shipped(threshold) {
    this.#shipped = threshold;
    this.#changed();
  }

  /** The camera of the last visit, or "". */
  get camera() {
    return remembered("camera", "");
  }

  /** List the cameras, if there are several. */
  showCameras(cameras, current) {
    byId("camera").replaceChildren(...cameras.map(({ id, name }) => new Option(name, id, false, id === current)));
    byId("camera-field").hidden = cameras.length < 2;
  }

  get #initial() {
    return Number(this.#threshold.defaultValue);
  }

  #showThreshold() {
    const text = thresholdText(this.#threshold.valueAsNumber, this.#initial);
    byId("threshold-value").textContent = text;
    this.#threshold.setAttribute("aria-valuetext", text);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
