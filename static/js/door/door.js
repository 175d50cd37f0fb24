// The door page: a mirror that runs by itself for weeks, with a giant verdict, sound, counts, and an idle screen.
import { PlaceChoice } from "../device/place_choice.js";
import { createDetection, loadConnection } from "../live/mirror/create_detection.js";
import { eachFrame } from "../live/mirror/frames.js";
import { Mirror } from "../live/mirror/mirror.js";
import { MirrorStatus } from "../live/mirror_status.js";
import { SettingsSheet } from "../live/settings_sheet.js";
import { VerdictView } from "../live/verdict_view.js";
import { ScreenWakeLock } from "../live/wake_lock.js";
import { Announcer } from "../shared/announcer.js";
import { isRearCamera, listCameras, permissionGranted, support } from "../shared/camera/camera.js";
import { byId, pageConfig } from "../shared/dom.js";
import { OneTab } from "../shared/storage/one_tab.js";
import { CameraKeeper } from "./camera_keeper.js";
import { Chime } from "./chime.js";
import { Controls } from "./controls.js";
import { CountSender } from "./count_sender.js";
import { CountStore } from "./count_store.js";
import { CountsSheet } from "./counts_sheet.js";
import { showDoorPrompt } from "./door_prompt.js";
import { DoorSettings } from "./door_settings.js";
import { FaceCounter } from "./face_counter.js";
import { Idle, clockPlace } from "./idle.js";
import { SpokenWord } from "./spoken_word.js";

const TICK_MS = 500;
/** Detection on the device that failed is started again after so long, where there is no server to go back to. */
const RESTART_DEVICE_MS = 30_000;
/** Of several faces in a moment, the sound is that of the first of these states. */
const LOUDEST = ["without_mask", "mask_worn_incorrectly", "with_mask"];

class DoorPage {
  #config = pageConfig();
  #root = byId("door");
  #video = byId("video");
  #announcer = new Announcer(byId("announcements"));
  #settings = new SettingsSheet(this.#config.scoreThreshold);
  #wakeLock = new ScreenWakeLock(navigator.wakeLock);
  #camera = new CameraKeeper();
  #controls = new Controls(this.#root, [byId("settings"), byId("counts")]);
  #chime = new Chime(globalThis.AudioContext);
  #word = new SpokenWord(globalThis.speechSynthesis, globalThis.SpeechSynthesisUtterance);
  #idle = new Idle(performance.now());
  #counter = new FaceCounter();
  #store = new CountStore();
  #sender = new CountSender(this.#config.countsUrl, this.#store);
  #door = new OneTab(navigator.locks, "door");
  #detection;
  #place;
  #mirror;
  #status;
  #isOwn = false;
  #running = false;
  #stopFrames = null;
  #failedAt_ms = null;
  #countedAt = "";

  /** @param {typeof import("../live/mirror/connection.js").Connection | null} Connection null on a site without a server */
  constructor(Connection) {
    this.#detection = createDetection(Connection, this.#config);
    this.#place = new PlaceChoice(this.#detection, (text) => this.#announcer.announceNow(text));
    this.#mirror = new Mirror(this.#video, byId("overlay"), this.#detection);
    const view = new VerdictView(this.#root, byId("verdict"), byId("status"));
    this.#status = new MirrorStatus(this.#root, this.#mirror, this.#detection, view, this.#announcer);
    new DoorSettings(this.#chime, this.#word, this.#idle);
    new CountsSheet(this.#store, this.#sender);
    this.#listen();
    this.#applySettings();
    this.#place.chooseRemembered();
    this.#store.removeOld(Date.now());
    setInterval(() => this.#tick(), TICK_MS);
    this.#claim();
  }

  #listen() {
    this.#detection.addEventListener("change", () => this.#detectionChanged());
    this.#camera.addEventListener("state", ({ detail }) => this.#cameraChanged(detail));
    this.#mirror.addEventListener("result", ({ detail }) => this.#resultArrived(detail));
    this.#settings.addEventListener("change", () => this.#applySettings());
    this.#settings.addEventListener("camera", ({ detail }) => this.#camera.start(detail));
    this.#door.addEventListener("held", () => this.#held());
    this.#door.addEventListener("lost", () => this.#lost());
    this.#video.addEventListener("resize", () => this.#fit());
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    document.addEventListener("fullscreenchange", () => this.#showFullScreen());
    document.addEventListener("pointerdown", () => this.#touched());
    document.addEventListener("keydown", () => this.#touched());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#camerasChanged());
    navigator.permissions?.query({ name: "camera" }).then((permission) => permission.addEventListener("change", () => permission.state === "granted" && this.#camera.retryNow()), () => {});
    byId("prompt").addEventListener("click", ({ target }) => this.#tapped(target));
    byId("full-screen").addEventListener("click", () => this.#toggleFullScreen());
    byId("stop").addEventListener("click", () => this.#stop());
  }

  /** Until it is known whether another tab has the door, there is nothing to start. */
  async #claim() {
    if (!(await this.#door.ask()) && !this.#isOwn) this.#show("elsewhere");
  }

  async #held() {
    this.#isOwn = true;
    if (support() !== "idle") this.#show(support());
    else if (await permissionGranted()) this.#start();
    else this.#show("idle");
  }

  #lost() {
    this.#isOwn = false;
    this.#stop();
    this.#show("elsewhere");
  }

  /** The whole prompt is the button: over a door nobody aims. */
  #tapped(target) {
    if (byId("start").hidden || target.closest("a, [data-go]")) return;
    this.#enterFullScreen();
    this.#chime.unlock();
    if (this.#isOwn) this.#start();
    else this.#door.take();
  }

  #start() {
    this.#running = true;
    this.#idle.wake(performance.now());
    this.#wakeLock.acquire();
    this.#detection.open(this.#place.models);
    this.#camera.start(this.#settings.camera);
  }

  #stop() {
    this.#running = false;
    this.#camera.stop();
    this.#detection.close();
    this.#wakeLock.release();
    this.#word.stop();
    for (const sheet of ["settings", "counts"]) byId(sheet).hidePopover?.();
    if (document.fullscreenElement) document.exitFullscreen();
  }

  #cameraChanged(state) {
    this.#mirror.stop();
    this.#stopFrames?.();
    this.#counter.interrupt(performance.now());
    this.#video.srcObject = this.#camera.stream;
    this.#show(state);
    if (state !== "live") return;
    this.#settings.usuallyMirrored(!isRearCamera(this.#camera.stream));
    this.#mirror.start();
    this.#stopFrames = eachFrame(this.#video, () => this.#camera.frame());
    this.#video.play().catch(() => {});
    this.#listCameras();
  }

  /** Show the prompt of a state, or none where the door runs. */
  #show(state) {
    this.#root.dataset.state = state;
    const hadFocus = byId("prompt").contains(document.activeElement) || byId("controls").contains(document.activeElement);
    this.#controls.enabled = this.#running;
    if (state === "live") byId("prompt").hidden = true;
    else {
      const text = showDoorPrompt(state, this.#running && this.#camera.retries);
      if (state !== "idle") this.#announcer.announceNow(text);
    }
    if (hadFocus) byId(state === "live" ? "main" : byId("start").hidden ? "prompt-title" : "start").focus({ preventScroll: true });
    this.#status.update();
  }

  async #listCameras() {
    this.#settings.showCameras(await listCameras(), this.#camera.stream?.getVideoTracks()[0]?.getSettings().deviceId);
  }

  #camerasChanged() {
    if (!this.#running) return;
    this.#camera.retryNow();
    this.#listCameras();
  }

  #applySettings() {
    this.#mirror.mirrored = this.#settings.mirrored;
    this.#mirror.thresholds = this.#settings.thresholds;
    this.#video.classList.toggle("mirrored", this.#settings.mirrored);
    this.#mirror.draw();
  }

  #fit() {
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth && videoHeight) this.#root.style.setProperty("--ratio", String(videoWidth / videoHeight));
  }

  #touched() {
    this.#idle.wake(performance.now());
    this.#showIdle(performance.now());
    if (this.#running) this.#chime.unlock();
  }

  #enterFullScreen() {
    // Refused where the page is one already: installed, or in a kiosk.
    if (!document.fullscreenElement) document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => {});
  }

  #toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#enterFullScreen();
  }

  #showFullScreen() {
    byId("full-screen").textContent = document.fullscreenElement ? "Leave full screen" : "Full screen";
  }

  #detectionChanged() {
    const { place, model, state } = this.#detection;
    this.#settings.shipped = place === "device" && model ? model.score_threshold : this.#config.scoreThreshold;
    // Each place and each connection numbers the faces of its own stream.
    if (state !== "open" || place !== this.#countedAt) this.#counter.interrupt(performance.now());
    if (state !== "open") this.#mirror.clear();
    this.#countedAt = place;
    this.#failedAt_ms = state === "failed" ? performance.now() : null;
    this.#status.update();
  }

  #visibilityChanged() {
    this.#mirror.clear();
    if (document.hidden) this.#wakeLock.release();
    else if (this.#running) this.#wakeLock.acquire();
    this.#status.update();
  }

  #resultArrived({ result, marks, delay_ms }) {
    const now_ms = performance.now();
    this.#status.resultArrived(now_ms);
    const { faces } = this.#mirror;
    if (faces.length) this.#idle.wake(now_ms);
    const counted = this.#counter.update(faces, now_ms);
    if (counted.length) this.#counted(counted, now_ms);
    this.#status.update();
    // As on the live page.
    this.#root.dispatchEvent(new CustomEvent("mirror:faces", { bubbles: true, detail: { result, marks, delay_ms } }));
  }

  #counted(states, now_ms) {
    this.#store.add(states, Date.now());
    const loudest = LOUDEST.find((state) => states.includes(state));
    this.#chime.play(loudest, now_ms);
    this.#word.say(loudest, now_ms);
  }

  #tick() {
    const now_ms = performance.now();
    this.#controls.tick(now_ms);
    if (!this.#running) return;
    this.#camera.tick(!document.hidden);
    this.#sender.tick(Date.now());
    // Refused on a low battery, it may be granted later.
    if (!document.hidden) this.#wakeLock.acquire();
    this.#status.tick(now_ms);
    if (this.#failedAt_ms !== null && now_ms - this.#failedAt_ms > RESTART_DEVICE_MS) this.#restartDevice();
    this.#showIdle(now_ms);
    this.#status.update();
  }

  #restartDevice() {
    this.#failedAt_ms = null;
    this.#detection.choose("device", this.#place.models);
  }

  #showIdle(now_ms) {
    // Trouble is no idleness: whoever comes to help should see it.
    const idle = this.#root.dataset.state === "live" && this.#detection.state === "open" && this.#idle.isIdle(now_ms);
    byId("idle").hidden = !idle;
    if (!idle) return;
    const time = new Date();
    byId("idle").dataset.place = String(clockPlace(time.getTime()));
    byId("clock").textContent = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(time);
  }
}

loadConnection(pageConfig()).then((Connection) => new DoorPage(Connection), () => showDoorPrompt("incomplete", false));
