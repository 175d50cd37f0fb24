// The live page: connects the camera, the mirror, the controls and the verdict.
import { PersonalPanel } from "../device/personal/personal_panel.js";
import { PlaceChoice } from "../device/place_choice.js";
import { Announcer } from "../shared/announcer.js";
import { closeStream, isRearCamera, listCameras, openCamera, permissionGranted, support } from "../shared/camera/camera.js";
import { byId, pageConfig } from "../shared/dom.js";
import { tellOwnModel } from "../shared/storage/own_model.js";
import { annotatedPng } from "../shared/faces/snapshot.js";
import { showPrompt } from "./camera_prompt.js";
import { createDetection, loadConnection } from "./mirror/create_detection.js";
import { Mirror } from "./mirror/mirror.js";
import { MirrorStatus } from "./mirror_status.js";
import { PerformancePanel } from "./performance_panel.js";
import { SettingsSheet } from "./settings_sheet.js";
import { TakenPicture } from "./taken_picture.js";
import { VerdictView } from "./verdict_view.js";
import { ScreenWakeLock } from "./wake_lock.js";

class LivePage {
  #config = pageConfig();
  #root = byId("mirror");
  #video = byId("video");
  #announcer = new Announcer(byId("announcements"));
  #performance = new PerformancePanel(byId("performance"));
  #settings = new SettingsSheet(this.#config.scoreThreshold);
  #taken = new TakenPicture();
  #wakeLock = new ScreenWakeLock(navigator.wakeLock);
  #detection;
  #place;
  #mirror;
  #status;
  #stream = null;
  #attempt = 0;

  /** @param {typeof import("./mirror/connection.js").Connection | null} Connection null on a site without a server */
  constructor(Connection) {
    this.#detection = createDetection(Connection, this.#config);
    const announce = (text) => this.#announcer.announceNow(text);
    const personal = byId("personal") && new PersonalPanel(this.#detection, announce);
    this.#place = new PlaceChoice(this.#detection, announce, personal);
    this.#mirror = new Mirror(this.#video, byId("overlay"), this.#detection);
    const view = new VerdictView(this.#root, byId("verdict"), byId("status"));
    this.#status = new MirrorStatus(this.#root, this.#mirror, this.#detection, view, this.#announcer);
    this.#detection.addEventListener("change", () => this.#detectionChanged());
    byId("start").addEventListener("click", () => this.#start(this.#settings.camera));
    // In the template it is disabled and says "Loading…": a click before the library is there would be lost.
    byId("start").disabled = false;
    byId("sample").addEventListener("click", () => this.#startSample());
    byId("stop").addEventListener("click", () => this.#stop("idle"));
    byId("snapshot").addEventListener("click", () => this.#takePicture());
    this.#settings.addEventListener("camera", (event) => this.#start(event.detail));
    this.#settings.addEventListener("change", () => this.#applySettings());
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#stream && this.#listCameras());
    this.#video.addEventListener("resize", () => this.#fitStage());
    this.#mirror.addEventListener("result", (event) => this.#resultArrived(event.detail));
    setInterval(() => this.#tick(), 500);
    this.#applySettings();
    this.#setState(support());
    this.#place.chooseRemembered();
    this.#startIfPermitted();
  }

  async #startIfPermitted() {
    if (support() === "idle" && (await permissionGranted()) && !this.#stream) await this.#start(this.#settings.camera);
  }

  async #start(deviceId = "") {
    this.#stop("asking");
    const attempt = (this.#attempt += 1);
    let stream;
    try {
      stream = await openCamera({ deviceId });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      // A camera that was chosen and is gone: any other is better than none.
      if (error.state === "missing" && deviceId) await this.#start();
      else this.#setState(error.state ?? "failed");
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
    await this.#run(!isRearCamera(this.#stream));
    await this.#listCameras();
  }

  /** The mirror without a camera: a short video of an astronaut, again and again. */
  async #startSample() {
    this.#stop("idle");
    this.#attempt += 1;
    this.#video.src = this.#config.sampleUrl;
    this.#video.loop = true;
    await this.#run(false);
  }

  async #run(usuallyMirrored) {
    this.#setState("live");
    this.#settings.usuallyMirrored(usuallyMirrored);
    this.#detection.open(this.#place.models);
    this.#mirror.start();
    this.#wakeLock.acquire();
    await this.#video.play().catch(() => {});
  }

  #stop(state) {
    this.#mirror.stop();
    this.#wakeLock.release();
    this.#detection.close();
    closeStream(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
    this.#video.removeAttribute("src");
    this.#video.load();
    this.#setState(state);
  }

  /** The control that had the focus may be hidden in the new state: the focus moves on to what comes next. */
  #setState(state) {
    const hadFocus = document.activeElement !== document.body;
    if (state === "live") {
      this.#root.dataset.state = state;
      byId("prompt").hidden = true;
      if (hadFocus) byId("snapshot").focus();
    } else {
      this.#taken.close();
      byId("settings").hidePopover?.();
      const text = showPrompt(state);
      if (hadFocus) byId(byId("start").hidden ? "prompt-title" : "start").focus();
      if (state !== "idle") this.#announcer.announceNow(text);
    }
    this.#status.update();
  }

  async #listCameras() {
    this.#settings.showCameras(await listCameras(), this.#stream?.getVideoTracks()[0]?.getSettings().deviceId);
  }

  #applySettings() {
    this.#mirror.mirrored = this.#settings.mirrored;
    this.#mirror.thresholds = this.#settings.thresholds;
    this.#video.classList.toggle("mirrored", this.#settings.mirrored);
    this.#mirror.draw();
    this.#status.update();
  }

  #fitStage() {
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth && videoHeight) this.#root.style.setProperty("--ratio", String(videoWidth / videoHeight));
  }

  async #takePicture() {
    byId("snapshot").disabled = true;
    try {
      this.#taken.flash();
      const mirrored = this.#mirror.mirrored;
      const snapshot = await this.#mirror.takeSnapshot();
      if (!snapshot) return;
      this.#taken.show(await annotatedPng(snapshot.picture, snapshot.result ?? { width: 1, height: 1, faces: [] }, mirrored));
      this.#announcer.announceNow(snapshot.result ? "Picture taken." : "Picture taken, without boxes: the server did not answer.");
    } finally {
      byId("snapshot").disabled = false;
      if (document.activeElement === document.body) byId("snapshot").focus();
    }
  }

  #detectionChanged() {
    const { place, model } = this.#detection;
    this.#settings.shipped = place === "device" && model ? model.score_threshold : this.#config.scoreThreshold;
    if (this.#detection.state !== "open") this.#mirror.clear();
    this.#status.update();
  }

  #visibilityChanged() {
    this.#mirror.clear();
    if (document.hidden) this.#wakeLock.release();
    else if (this.#stream) this.#wakeLock.acquire();
    this.#status.update();
  }

  #resultArrived({ result, marks, round_trip_ms, delay_ms }) {
    this.#status.resultArrived(performance.now());
    this.#performance.add(result, round_trip_ms, delay_ms);
    this.#status.update();
    // For code that builds on this page: the faces, and their marks in CSS pixels of the overlay.
    this.#root.dispatchEvent(new CustomEvent("mirror:faces", { bubbles: true, detail: { result, marks, delay_ms } }));
  }

  #tick() {
    const now = performance.now();
    this.#status.tick(now);
    this.#performance.show();
    this.#status.update();
  }
}

tellOwnModel();
loadConnection(pageConfig()).then((Connection) => new LivePage(Connection), () => showPrompt("incomplete"));
