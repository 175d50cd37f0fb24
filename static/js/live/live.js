// The live page: connects the camera, the mirror, the controls and the status line.
import { Announcer } from "../shared/announcer.js";
import { closeStream, isRearCamera, listCameras, openCamera, permissionGranted, support } from "../shared/camera.js";
import { byId, pageConfig } from "../shared/dom.js";
import { download } from "../shared/download.js";
import { annotatedPng } from "../shared/snapshot.js";
import { percent, timestampedName } from "../shared/text.js";
import { showPrompt } from "./camera_prompt.js";
import { Mirror } from "./mirror.js";
import { PerformancePanel } from "./performance_panel.js";
import { statusLine } from "./status_line.js";
import { thresholds } from "./threshold.js";
import { ScreenWakeLock } from "./wake_lock.js";

const STALE_MS = 2500;
const PROBLEM_MS = 3000;

class LivePage {
  #config = pageConfig();
  #root = byId("mirror");
  #video = byId("video");
  #status = byId("status");
  #announcer = new Announcer(byId("announcements"));
  #performance = new PerformancePanel(byId("performance"));
  #connectionState = "connecting";
  #wakeLock = new ScreenWakeLock(navigator.wakeLock);
  #connection;
  #mirror;
  #stream = null;
  #problem = null;
  #problemUntil_ms = 0;
  #resultAt_ms = 0;
  #attempt = 0;

  /** @param {typeof import("./connection.js").Connection} Connection */
  constructor(Connection) {
    this.#connection = new Connection((state) => this.#connectionChanged(state));
    this.#mirror = new Mirror(this.#video, byId("overlay"), this.#connection, this.#config.liveMaxPx);
    byId("start").addEventListener("click", () => this.#start());
    // Disabled in the template: a click before this module has loaded the library would be lost.
    byId("start").disabled = false;
    byId("stop").addEventListener("click", () => this.#stop("idle"));
    byId("snapshot").addEventListener("click", () => this.#saveSnapshot());
    byId("camera").addEventListener("change", (event) => this.#start(event.target.value));
    byId("mirrored").addEventListener("change", (event) => this.#setMirrored(event.target.checked));
    byId("threshold").addEventListener("input", (event) => this.#setThreshold(Number(event.target.value)));
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#stream && this.#listCameras());
    this.#video.addEventListener("resize", () => this.#fitStage());
    this.#mirror.addEventListener("result", (event) => this.#resultArrived(event.detail));
    this.#mirror.addEventListener("problem", (event) => this.#showProblem(event.detail));
    setInterval(() => this.#tick(), 500);
    this.#setThreshold(Number(byId("threshold").value));
    this.#setState(support());
    this.#startIfPermitted();
  }

  async #startIfPermitted() {
    if (support() === "idle" && (await permissionGranted()) && !this.#stream) await this.#start();
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
    // Another camera was chosen while the browser was opening this one.
    if (attempt !== this.#attempt) {
      closeStream(stream);
      return;
    }
    this.#stream = stream;
    this.#stream.getVideoTracks()[0].addEventListener("ended", () => this.#stop("ended"));
    this.#video.srcObject = this.#stream;
    this.#setState("live");
    this.#setMirrored(!isRearCamera(this.#stream));
    this.#connection.open();
    this.#mirror.start();
    this.#wakeLock.acquire();
    await this.#video.play().catch(() => {});
    await this.#listCameras();
  }

  #stop(state) {
    this.#mirror.stop();
    this.#wakeLock.release();
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
    byId("snapshot").hidden = !live;
    if (live) {
      this.#root.dataset.state = state;
      byId("prompt").hidden = true;
    } else {
      const text = showPrompt(state);
      if (state !== "idle") this.#announcer.announce(text);
    }
    this.#updateStatus();
  }

  async #listCameras() {
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
    byId("threshold-value").textContent = percent(threshold);
    byId("threshold").setAttribute("aria-valuetext", `below ${percent(threshold)}`);
    this.#mirror.thresholds = thresholds(threshold, Number(byId("threshold").defaultValue), this.#config.scoreThreshold);
    this.#mirror.draw();
    this.#updateStatus();
  }

  #fitStage() {
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth && videoHeight) this.#root.style.setProperty("--ratio", String(videoWidth / videoHeight));
  }

  async #saveSnapshot() {
    byId("snapshot").disabled = true;
    try {
      const mirrored = this.#mirror.mirrored;
      const snapshot = await this.#mirror.takeSnapshot();
      if (snapshot) download(await annotatedPng(snapshot.picture, snapshot.result, mirrored), timestampedName(new Date(), "png"));
    } finally {
      byId("snapshot").disabled = false;
    }
  }

  #connectionChanged(state) {
    this.#connectionState = state;
    if (state !== "open") this.#mirror.clear();
    this.#updateStatus();
  }

  #visibilityChanged() {
    this.#mirror.clear();
    if (document.hidden) this.#wakeLock.release();
    else if (this.#stream) this.#wakeLock.acquire();
    this.#updateStatus();
  }

  #resultArrived({ result, marks, round_trip_ms, delay_ms }) {
    this.#resultAt_ms = performance.now();
    this.#problem = null;
    this.#performance.add(result, round_trip_ms, delay_ms);
    this.#updateStatus();
    // For code that builds on this page: the faces, and their marks in CSS pixels of the overlay.
    this.#root.dispatchEvent(new CustomEvent("mirror:faces", { bubbles: true, detail: { result, marks, delay_ms } }));
  }

  #showProblem(message) {
    this.#problem = message;
    this.#problemUntil_ms = performance.now() + PROBLEM_MS;
    this.#updateStatus();
  }

  #tick() {
    const now = performance.now();
    if (this.#problem && now > this.#problemUntil_ms) this.#problem = null;
    if (this.#mirror.faces && now - this.#resultAt_ms > STALE_MS) this.#mirror.clear();
    this.#performance.show();
    this.#updateStatus();
  }

  #updateStatus() {
    const text = statusLine({
      running: this.#root.dataset.state === "live",
      hidden: document.hidden,
      connection: this.#connectionState,
      problem: this.#problem,
      faces: this.#mirror.faces,
    });
    if (this.#status.textContent === text) return;
    this.#status.textContent = text;
    if (text) this.#announcer.announce(text);
  }
}

// A dynamic import, since a server may lack the library of npm; the page then shows a message.
import("./connection.js").then(({ Connection }) => new LivePage(Connection), () => showPrompt("incomplete"));
