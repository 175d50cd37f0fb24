// The camera panel of the video page: open, record, send, close.
import { CameraPanel } from "../shared/camera/camera_panel.js";
import { byId } from "../shared/dom.js";
import { remember, remembered } from "../shared/storage/remembered.js";
import { clock, timestampedName } from "../shared/numbers.js";
import { canRecord, record } from "./recorder.js";

/** Connects the panel's controls; passes every finished recording on as a file. */
export class RecordingPanel {
  #camera = new CameraPanel({ panel: byId("panel"), opener: byId("use-camera"), shutter: byId("record"), closer: byId("close-camera"), message: byId("camera-message") });
  #finish = null;
  #timer = null;
  #max_s;
  #onFiles;

  constructor(max_s, onFiles) {
    this.#max_s = max_s;
    this.#onFiles = onFiles;
    byId("record-controls").hidden = !canRecord();
    byId("use-camera").addEventListener("click", () => this.#camera.open({ sound: byId("sound").checked }));
    byId("sound").checked = remembered("sound", true);
    byId("sound").addEventListener("change", () => remember("sound", byId("sound").checked));
    byId("record").addEventListener("click", () => (this.#finish ? this.#stop() : this.#start()));
    byId("close-camera").addEventListener("click", () => this.#reset());
    this.#camera.addEventListener("ended", () => this.#finish && this.#cameraEnded());
  }

  #start() {
    this.#finish = record(this.#camera.stream, timestampedName(new Date(), "").slice(0, -1));
    const started_ms = Date.now();
    byId("record").textContent = "Stop and send";
    byId("close-camera").textContent = "Stop without sending";
    const tick = () => {
      const seconds = (Date.now() - started_ms) / 1000;
      byId("recording-status").textContent = `Recording ${clock(seconds)} of at most ${clock(this.#max_s)}`;
      if (seconds >= this.#max_s - 1) this.#stop();
    };
    tick();
    this.#timer = setInterval(tick, 500);
  }

  async #stop() {
    const file = this.#finishRecording();
    this.#camera.close();
    if (!this.#send(await file)) this.#camera.showMessage("Nothing was recorded. Try again.");
  }

  /** The camera was disconnected: the recording until then is sent. */
  async #cameraEnded() {
    const sent = this.#send(await this.#finishRecording());
    this.#camera.showMessage(`The camera was disconnected. ${sent ? "The recording until then is sent." : "Nothing was recorded yet."} Connect it to record again.`);
  }

  #finishRecording() {
    const finish = this.#finish;
    this.#reset();
    return finish();
  }

  #send(file) {
    if (file.size > 0) this.#onFiles([file]);
    return file.size > 0;
  }

  #reset() {
    clearInterval(this.#timer);
    this.#finish = null;
    byId("recording-status").textContent = "";
    byId("record").textContent = "Start recording";
    byId("close-camera").textContent = "Close the camera";
  }
}
