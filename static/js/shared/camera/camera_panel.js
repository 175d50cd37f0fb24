// The camera panel of the photo page and the video page.
import { CAMERA_TEXT } from "./camera_states.js";
import { closeStream, openCamera, support } from "./camera.js";

/** Shows the camera's picture in a panel, which a button opens and another closes. Event: "ended", the camera was disconnected. */
export class CameraPanel extends EventTarget {
  stream = null;
  #attempt = 0;
  #panel;
  #opener;
  #shutter;
  #message;
  #video;

  /** @param {{panel: HTMLElement, opener: HTMLButtonElement, shutter: HTMLButtonElement, closer: HTMLButtonElement, message: HTMLElement}} elements */
  constructor({ panel, opener, shutter, closer, message }) {
    super();
    this.#panel = panel;
    this.#shutter = shutter;
    this.#opener = opener;
    this.#message = message;
    this.#video = panel.querySelector("video");
    closer.addEventListener("click", () => this.close());
    this.#video.addEventListener("resize", () => this.#releaseShutter());
  }

  /** Request the camera and show it; returns whether it was opened. */
  async open(options = {}) {
    closeStream(this.stream);
    this.stream = null;
    const attempt = (this.#attempt += 1);
    this.#opener.disabled = true;
    this.#showState(support() === "idle" ? "asking" : support());
    let stream;
    try {
      stream = await openCamera(options);
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(error.state ?? "failed");
      return false;
    }
    // A later request replaced this one while the browser was opening the camera.
    if (attempt !== this.#attempt) {
      closeStream(stream);
      return false;
    }
    await this.#show(stream);
    return true;
  }

  async #show(stream) {
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.stream === stream && this.#ended());
    this.#opener.disabled = false;
    this.#message.hidden = true;
    this.#panel.hidden = false;
    this.#opener.hidden = true;
    this.#shutter.disabled = true;
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {});
    this.#releaseShutter();
    // The panel fits the window: picture and buttons are in view together, one's head too.
    this.#shutter.focus({ preventScroll: true });
    this.#panel.scrollIntoView({ block: "nearest" });
  }

  /** Before the first picture of the camera there is nothing to take. */
  #releaseShutter() {
    this.#shutter.disabled = this.#video.videoWidth === 0;
  }

  #failed(state) {
    this.#opener.disabled = false;
    // A disabled button loses the focus; without this, keyboard navigation would restart at the top of the page.
    if (document.activeElement === document.body) this.#opener.focus();
    this.#showState(state);
  }

  #ended() {
    this.close();
    this.#showState("ended");
    this.dispatchEvent(new Event("ended"));
  }

  /** Close the camera and hide the panel. */
  close() {
    closeStream(this.stream);
    this.stream = null;
    this.#video.srcObject = null;
    this.#panel.hidden = true;
    this.#opener.hidden = false;
    this.#opener.focus({ preventScroll: true });
  }

  /** The current picture of the camera, as a JPEG file. */
  async takePhoto(name) {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d", { alpha: false }).drawImage(this.#video, 0, 0);
    return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 })], name, { type: "image/jpeg" });
  }

  /** Show a message about the camera. */
  showMessage(text) {
    this.#message.textContent = text;
    this.#message.hidden = false;
  }

  #showState(state) {
    const { title, text } = CAMERA_TEXT[state];
    this.showMessage(/[.?!…]$/.test(title) ? `${title} ${text}` : `${title}. ${text}`);
  }
}
