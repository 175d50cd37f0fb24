// The live page: wires the camera, the mirror and the words around them.
import { Announcer } from "../shared/announcer.js";
import { allowedBefore, closeStream, facesAway, listCameras, openCamera, support } from "../shared/camera.js";
import { pageConfig } from "../shared/config.js";
import { download } from "../shared/download.js";
import { FigureBoard } from "./performance_panel.js";
import { invite } from "./camera_prompt.js";
import { Mirror } from "./mirror.js";
import { picturePng } from "../shared/snapshot.js";
import { statusLine } from "./status_line.js";
import { thresholds } from "./threshold.js";
import { Wakefulness } from "./wake_lock.js";
import { percent, stampedName } from "../shared/text.js";

const STALE_MS = 2500;
const PROBLEM_MS = 3000;

const byId = (id) => document.getElementById(id);

class LivePage {
  #config = pageConfig();
  #root = byId("mirror");
  #video = byId("video");
  #line = byId("line");
  #announcer = new Announcer(byId("spoken"));
  #board = new FigureBoard(byId("figures"));
  #connectionState = "connecting";
  #wakefulness = new Wakefulness(navigator.wakeLock);
  #connection;
  #mirror;
  #stream = null;
  #problem = null;
  #problemUntil = 0;
  #answered = 0;
  #attempt = 0;

  /** @param {typeof import("./connection.js").Connection} Connection */
  constructor(Connection) {
    this.#connection = new Connection((state) => this.#connectionChanged(state));
    this.#mirror = new Mirror(this.#video, byId("overlay"), this.#connection, this.#config.liveMaxPx);
    byId("start").addEventListener("click", () => this.#start());
    // Until here a click would have been lost: this module waits for the library.
    byId("start").disabled = false;
    byId("stop").addEventListener("click", () => this.#stop("idle"));
    byId("take").addEventListener("click", () => this.#take());
    byId("camera").addEventListener("change", (event) => this.#start(event.target.value));
    byId("mirrored").addEventListener("change", (event) => this.#setMirrored(event.target.checked));
    byId("threshold").addEventListener("input", (event) => this.#setThreshold(Number(event.target.value)));
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#stream && this.#fillChooser());
    this.#video.addEventListener("resize", () => this.#fitStage());
    this.#mirror.addEventListener("answer", (event) => this.#answer(event.detail));
    this.#mirror.addEventListener("problem", (event) => this.#tellProblem(event.detail));
    setInterval(() => this.#tick(), 500);
    this.#setThreshold(Number(byId("threshold").value));
    this.#setState(support());
    this.#startIfAllowedBefore();
  }

  async #startIfAllowedBefore() {
    if (support() === "idle" && (await allowedBefore()) && !this.#stream) await this.#start();
  }

  async #start(deviceId = "") {
    this.#stop("asking");
    const attempt = (this.#attempt += 1);
    let stream;
    try {
      stream = await openCamera({ deviceId });
    } catch (error) {
      if (attempt === this.#attempt) this.#setState(error.state ?? "failed");
      return;
    }
    // Somebody chose another camera while the browser was still opening this one.
    if (attempt !== this.#attempt) {
      closeStream(stream);
      return;
    }
    this.#stream = stream;
    this.#stream.getVideoTracks()[0].addEventListener("ended", () => this.#stop("ended"));
    this.#video.srcObject = this.#stream;
    this.#setState("live");
    this.#setMirrored(!facesAway(this.#stream));
    this.#connection.open();
    this.#mirror.start();
    this.#wakefulness.keep();
    await this.#video.play().catch(() => {});
    await this.#fillChooser();
  }

  #stop(state) {
    this.#mirror.stop();
    this.#wakefulness.release();
    this.#connection.close();
    this.#connectionState = "connecting";
    closeStream(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
    this.#setState(state);
  }

  #setState(state) {
    const live = state === "live";
    byId("stop").hidden = !live;
    byId("take").hidden = !live;
    if (live) {
      this.#root.dataset.state = state;
      byId("invitation").hidden = true;
    } else {
      const said = invite(state);
      if (state !== "idle") this.#announcer.say(said);
    }
    this.#tell();
  }

  async #fillChooser() {
    const cameras = await listCameras();
    const current = this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
    byId("camera").replaceChildren(...cameras.map(({ id, name }) => new Option(name, id, false, id === current)));
    byId("camera-field").hidden = cameras.length < 2;
  }

  #setMirrored(mirrored) {
    byId("mirrored").checked = mirrored;
    this.#mirror.mirrored = mirrored;
    this.#video.classList.toggle("mirrored", mirrored);
    this.#mirror.draw();
  }

  #setThreshold(threshold) {
    byId("threshold-words").textContent = percent(threshold);
    byId("threshold").setAttribute("aria-valuetext", percent(threshold));
    this.#mirror.thresholds = thresholds(threshold, Number(byId("threshold").defaultValue), this.#config.scoreThreshold);
    this.#mirror.draw();
    this.#tell();
  }

  #fitStage() {
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth && videoHeight) this.#root.style.setProperty("--ratio", String(videoWidth / videoHeight));
  }

  async #take() {
    byId("take").disabled = true;
    try {
      const mirrored = this.#mirror.mirrored;
      const taken = await this.#mirror.take();
      if (taken) download(await picturePng(taken.picture, taken.answer, mirrored), stampedName(new Date(), "png"));
    } finally {
      byId("take").disabled = false;
    }
  }

  #connectionChanged(state) {
    this.#connectionState = state;
    if (state !== "open") this.#mirror.forget();
    this.#tell();
  }

  #visibilityChanged() {
    this.#mirror.forget();
    if (document.hidden) this.#wakefulness.release();
    else if (this.#stream) this.#wakefulness.keep();
    this.#tell();
  }

  #answer({ answer, marks, round_trip_ms, age_ms }) {
    this.#answered = performance.now();
    this.#problem = null;
    this.#board.add(answer, round_trip_ms, age_ms);
    this.#tell();
    // For whoever wants to build on the mirror: what was seen, and where it is drawn in CSS pixels of the overlay.
    this.#root.dispatchEvent(new CustomEvent("mirror:faces", { bubbles: true, detail: { answer, marks, age_ms } }));
  }

  #tellProblem(sentence) {
    this.#problem = sentence;
    this.#problemUntil = performance.now() + PROBLEM_MS;
    this.#tell();
  }

  #tick() {
    const now = performance.now();
    if (this.#problem && now > this.#problemUntil) this.#problem = null;
    if (this.#mirror.faces && now - this.#answered > STALE_MS) this.#mirror.forget();
    this.#board.show();
    this.#tell();
  }

  #tell() {
    const text = statusLine({
      running: this.#root.dataset.state === "live",
      hidden: document.hidden,
      connection: this.#connectionState,
      problem: this.#problem,
      faces: this.#mirror.faces,
    });
    if (this.#line.textContent === text) return;
    this.#line.textContent = text;
    if (text) this.#announcer.say(text);
  }
}

// Imported last, and by itself: it needs npm's library, which a server may lack, and then the page should say so.
import("./connection.js").then(({ Connection }) => new LivePage(Connection), () => invite("unequipped"));
