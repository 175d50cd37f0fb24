// The camera on the photo and the film page: opened on demand, in a panel, and closed again.
import { CAMERA_WORDS } from "./camera_states.js";
import { closeStream, openCamera, support } from "./camera.js";

/** Shows the camera in a panel; the page says what to do with what it shows. Event: "ended", the camera went away. */
export class CameraPanel extends EventTarget {
  stream = null;
  #attempt = 0;
  #panel;
  #opener;
  #said;
  #video;

  /** @param {{panel: HTMLElement, opener: HTMLButtonElement, closer: HTMLButtonElement, said: HTMLElement}} elements */
  constructor({ panel, opener, closer, said }) {
    super();
    this.#panel = panel;
    this.#opener = opener;
    this.#said = said;
    this.#video = panel.querySelector("video");
    closer.addEventListener("click", () => this.close());
  }

  /** Ask for the camera and show it; true when it is there. */
  async open(wish = {}) {
    closeStream(this.stream);
    this.stream = null;
    const attempt = (this.#attempt += 1);
    this.#opener.disabled = true;
    this.#tell(support() === "idle" ? "asking" : support());
    let stream;
    try {
      stream = await openCamera(wish);
    } catch (error) {
      if (attempt === this.#attempt) this.#refused(error.state ?? "failed");
      return false;
    }
    // Asked for again while the browser was still opening this one.
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
    this.#said.hidden = true;
    this.#panel.hidden = false;
    this.#opener.hidden = true;
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {});
  }

  #refused(state) {
    this.#opener.disabled = false;
    // A disabled button loses the focus; whoever has none would start over at the top of the page.
    if (document.activeElement === document.body) this.#opener.focus();
    this.#tell(state);
  }

  #ended() {
    this.close();
    this.#tell("ended");
    this.dispatchEvent(new Event("ended"));
  }

  /** Switch the camera off and fold the panel away. */
  close() {
    closeStream(this.stream);
    this.stream = null;
    this.#video.srcObject = null;
    this.#panel.hidden = true;
    this.#opener.hidden = false;
    this.#opener.focus();
  }

  /** What the camera shows now, as a JPEG file. */
  async photo(name) {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d", { alpha: false }).drawImage(this.#video, 0, 0);
    return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 })], name, { type: "image/jpeg" });
  }

  /** Write a sentence where the panel says how the camera is. */
  say(sentence) {
    this.#said.textContent = sentence;
    this.#said.hidden = false;
  }

  #tell(state) {
    const { title, text } = CAMERA_WORDS[state];
    this.say(/[.?!…]$/.test(title) ? `${title} ${text}` : `${title}. ${text}`);
  }
}
