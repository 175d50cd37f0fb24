// The camera panel of the film page: open, record, send, close.
import { CameraPanel } from "./camera_panel.js";
import { canRecord, record } from "./recorder.js";
import { clock, stampedName } from "./words.js";

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
    byId("close-camera").addEventListener("click", () => this.#drop());
  }

  #begin() {
    this.#finish = record(this.#camera.stream, stampedName(new Date(), "").slice(0, -1));
    const began = Date.now();
    byId("roll").textContent = "Stop and send";
    const tick = () => {
      const seconds = (Date.now() - began) / 1000;
      byId("rolling").textContent = `Recording ${clock(seconds)} of at most ${clock(this.#longest_s)}`;
      if (seconds >= this.#longest_s - 1) this.#end();
    };
    tick();
    this.#timer = setInterval(tick, 500);
  }

  async #end() {
    const finish = this.#finish;
    this.#drop();
    const file = await finish();
    this.#camera.close();
    this.#receive([file]);
  }

  #drop() {
    clearInterval(this.#timer);
    this.#finish = null;
    byId("rolling").textContent = "";
    byId("roll").textContent = "Start recording";
  }
}
