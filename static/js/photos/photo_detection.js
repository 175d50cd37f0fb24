// Where photos are detected: on the server, or on this device.
import { Places } from "../device/places.js";
import { requestJson } from "../shared/api.js";

/** Status of a response, and what it says about the server; 0: no response. */
const TROUBLE = { 0: "gone", 429: "busy", 503: "busy" };

/** Detects the faces of photos. */
export class PhotoDetection extends Places {
  #device;
  #url;

  /**
   * @param {string | null} url of `POST /api/v1/detect`; null on a site without a server
   * @param {import("../device/device_detector.js").DeviceDetector} device
   */
  constructor(url, device) {
    super(device, "photo", url !== null);
    this.#device = device;
    this.#url = url;
  }

  /**
   * The faces of a photo, as of `POST /api/v1/detect`.
   * @param {Blob} file
   * @param {string} type "image/jpeg" or another that the server takes
   * @throws {Error} with a message for the visitor; `retryable` where the same request may succeed later
   */
  async detect(file, type) {
    if (this.place === "device") return this.#device.detectPhoto(file);
    try {
      const result = await requestJson(this.#url, { method: "POST", headers: { "Content-Type": type }, body: file });
      this.change({ trouble: null });
      return result;
    } catch (error) {
      this.change({ trouble: TROUBLE[error.status] ?? null });
      throw error;
    }
  }
}
