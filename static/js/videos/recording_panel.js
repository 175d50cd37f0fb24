// The camera panel of the film page: open, record, send, close.
import { CameraPanel } from "../shared/camera_panel.js";
import { canRecord, record } from "./recorder.js";
import { clock, stampedName } from "../shared/text.js";

const byId = (id) => document.getElementById(id);

/** Wires the panel; hands every finished recording over as a file. */
export class Recording {
  #camera = new CameraPanel({ panel: byId("panel"), opener: byId("use-camera"), closer: byId("close-camera"), said: byId("camera-said") });
  #finish = null;
  #timer = null;
  #longest_s;
  #receive;

  constructor(longest_s, receive) {
    this.#longest_s = longest_s;
    this.#receive = receive;
    byId("record").hidden = !canRecord();
    byId("use-camera").addEventListener("click", async () => {
      if (await this.#camera.open({ sound: byId("sound").checked })) byId("roll").focus();
    });
    byId("roll").addEventListener("click", () => (this.#finish ? this.#end() : this.#begin()));
    byId("close-camera").addEventListener("click", () => this.#reset());
    this.#camera.addEventListener("ended", () => this.#finish && this.#endWithCamera());
  }

  #begin() {
    this.#finish = record(this.#camera.stream, stampedName(new Date(), "").slice(0, -1));
    const began = Date.now();
    byId("roll").textContent = "Stop and send";
    byId("close-camera").textContent = "Stop without sending";
    const tick = () => {
      const seconds = (Date.now() - began) / 1000;
      byId("rolling").textContent = `Recording ${clock(seconds)} of at most ${clock(this.#longest_s)}`;
      if (seconds >= this.#longest_s - 1) this.#end();
    };
    tick();
    this.#timer = setInterval(tick, 500);
  }

  async #end() {
    const file = this.#take();
    this.#camera.close();
    if (!this.#hand(await file)) this.#camera.say("Nothing was recorded. Try again.");
  }

  /** The camera was unplugged: what there is by then is worth as much as before. */
  async #endWithCamera() {
    const sent = this.#hand(await this.#take());
    this.#camera.say(`The camera went away. ${sent ? "What it recorded until then is sent." : "Nothing was recorded yet."} Connect it to record again.`);
  }

  #take() {
    const finish = this.#finish;
    this.#reset();
    return finish();
  }

  #hand(file) {
    if (file.size > 0) this.#receive([file]);
    return file.size > 0;
  }

  #reset() {
    clearInterval(this.#timer);
    this.#finish = null;
    byId("rolling").textContent = "";
    byId("roll").textContent = "Start recording";
    byId("close-camera").textContent = "Close the camera";
  }
}
