// The camera on the photo and the film page: opened on demand, in a panel, and closed again.
import { CAMERA_WORDS } from "./camera_words.js";
import { closeStream, openCamera, support } from "./camera.js";

/** Shows the camera in a panel; the page says what to do with what it shows. */
export class CameraPanel {
  stream = null;
  #panel;
  #opener;
  #said;
  #video;

  /** @param {{panel: HTMLElement, opener: HTMLButtonElement, closer: HTMLButtonElement, said: HTMLElement}} elements */
  constructor({ panel, opener, closer, said }) {
    this.#panel = panel;
    this.#opener = opener;
    this.#said = said;
    this.#video = panel.querySelector("video");
    closer.addEventListener("click", () => this.close());
  }

  /** Ask for the camera and show it; true when it is there. */
  async open(wish = {}) {
    this.#tell(support() === "idle" ? "asking" : support());
    try {
      this.stream = await openCamera(wish);
    } catch (error) {
      this.#tell(error.state);
      return false;
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => {
      this.close();
      this.#tell("ended");
    });
    this.#said.hidden = true;
    this.#panel.hidden = false;
    this.#opener.hidden = true;
    this.#video.srcObject = this.stream;
    await this.#video.play().catch(() => {});
    return true;
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

  #tell(state) {
    const { title, text } = CAMERA_WORDS[state];
    this.#said.textContent = `${title}. ${text}`;
    this.#said.hidden = false;
  }
}
