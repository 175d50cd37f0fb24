// The mirror: sends frames of a video and draws the detected faces over it. Independent of the page around it.
import { followStates } from "../../shared/faces/certainty.js";
import { fitRect } from "../../shared/faces/geometry.js";
import { drawMarks } from "../../shared/faces/overlay.js";
import { faceMarks, screenUnit } from "../../shared/faces/snapshot.js";
import { BoxMotion } from "./box_motion.js";
import { eachFrame } from "./frames.js";
import { InFlight } from "./in_flight.js";
import { isCertain } from "./threshold.js";

/** A snapshot waits so long for the boxes of its frame; then it is taken without. */
const SNAPSHOT_WAIT_MS = 2500;

const noMotion = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/** Sends the frames of a video to a detector and draws the results on a canvas above the video. */
export class Mirror extends EventTarget {
  mirrored = true;
  /** Fields to send with each frame, and the lowest certainties shown (see threshold.js). */
  thresholds = { sent: {}, face: 0, label: 0 };
  #video;
  #canvas;
  #detector;
  #inFlight = new InFlight();
  #motion = new BoxMotion(() => noMotion?.matches ?? false);
  #stop = null;
  #result = null;
  #captured_ms = 0;
  #tracks = new Map();
  #resolveSnapshot = null;
  #soon = 0;
  #later = 0;

  /** @param {import("./detection.js").Detector} detector */
  constructor(video, canvas, detector) {
    super();
    this.#video = video;
    this.#canvas = canvas;
    this.#detector = detector;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** Start detecting. Events: "result" (detail: result, marks and times), "problem" (detail: a message). */
  start() {
    this.stop();
    this.#stop = eachFrame(this.#video, (captured_ms) => this.#detect(captured_ms));
  }

  /** Stop detecting and clear the boxes. */
  stop() {
    this.#stop?.();
    this.#stop = null;
    this.#resolveSnapshot?.(null);
    this.#resolveSnapshot = null;
    this.clear();
  }

  /** Remove the boxes and forget the tracks. */
  clear() {
    this.#result = null;
    this.#tracks = new Map();
    this.#motion.clear();
    this.draw();
  }

  /**
   * A frame in full size with the result of that very frame; without a result where none arrives in time.
   * @returns {Promise<{picture: ImageBitmap, result: object|null}|null>} null if the mirror stops first
   */
  async takeSnapshot() {
    const session = this.#stop;
    const ready = new Promise((resolve) => (this.#resolveSnapshot = resolve));
    const late = new Promise((resolve) => setTimeout(resolve, this.#detector.ready ? SNAPSHOT_WAIT_MS : 0, "late"));
    const snapshot = await Promise.race([ready, late]);
    if (snapshot !== "late") return snapshot;
    this.#resolveSnapshot = null;
    return session && session === this.#stop ? { picture: await createImageBitmap(this.#video), result: null } : null;
  }

  /** The newest faces with their states, those that the thresholds leave; null before the first result. */
  get faces() {
    return this.#result && this.#visible(this.#result).faces;
  }

  /** How many of the newest faces the thresholds hide. */
  get hiddenFaces() {
    return this.#result ? this.#result.faces.length - this.faces.length : 0;
  }

  /** Redraw the newest faces, after the size or a setting changed. Returns the marks, in CSS pixels. */
  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    let marks = [];
    if (this.#result) {
      const rect = fitRect(getComputedStyle(this.#video).objectFit, { width, height }, this.#result);
      const visible = this.#visible(this.#result);
      marks = faceMarks(visible, rect, this.mirrored).map((mark, i) => ({ ...mark, track_id: visible.faces[i].track_id }));
      this.#motion.update(marks, performance.now(), this.#captured_ms);
    }
    this.#redraw();
    return marks;
  }

  /** Draw the boxes as they are at this moment, and again while they move. */
  #redraw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const now_ms = performance.now();
    drawMarks(context, this.#motion.at(now_ms), screenUnit(width));
    clearTimeout(this.#later);
    cancelAnimationFrame(this.#soon);
    const wait_ms = this.#motion.nextChange_ms(now_ms);
    if (wait_ms === 0) this.#soon = requestAnimationFrame(() => this.#redraw());
    else if (wait_ms < Infinity) this.#later = setTimeout(() => this.#redraw(), wait_ms);
  }

  async #detect(captured_ms) {
    if (document.hidden || !this.#detector.ready) return;
    const seq = this.#inFlight.begin(performance.now(), this.#detector.mostInFlight);
    if (seq === null) return;
    const session = this.#stop;
    const resolveSnapshot = this.#resolveSnapshot;
    this.#resolveSnapshot = null;
    try {
      const picture = resolveSnapshot && createImageBitmap(this.#video);
      const frame = await this.#detector.grab(this.#video);
      const sent_ms = performance.now();
      const meta = { seq, captured_ms: performance.timeOrigin + captured_ms, ...this.thresholds.sent };
      const reply = await this.#detector.send(meta, frame.picture);
      if (session !== this.#stop) {
        resolveSnapshot?.(null);
        return;
      }
      const result = this.#withStates(reply);
      if (resolveSnapshot) this.#finishSnapshot(resolveSnapshot, await picture, result);
      if (result && session === this.#stop) this.#show(result, { sent_ms, captured_ms });
    } finally {
      this.#inFlight.end(seq);
    }
  }

  #withStates(result) {
    if (!result?.faces) return result;
    const { faces, tracks } = followStates(result.faces, this.#tracks, performance.now());
    this.#tracks = tracks;
    return { ...result, faces };
  }

  /** A frame without faces in its reply (dropped, lost, refused) leaves the snapshot to the next frame. */
  #finishSnapshot(resolve, picture, result) {
    if (result?.faces) resolve({ picture, result: this.#visible(result) });
    else this.#resolveSnapshot ??= resolve;
  }

  #show(result, { sent_ms, captured_ms }) {
    if (result.error) this.dispatchEvent(new CustomEvent("problem", { detail: result.error.message }));
    if (!result.faces || !this.#inFlight.isNewest(result.seq)) return;
    this.#result = result;
    this.#captured_ms = captured_ms;
    const marks = this.draw();
    const now_ms = performance.now();
    const detail = { result, marks, round_trip_ms: now_ms - sent_ms, delay_ms: now_ms - captured_ms };
    this.dispatchEvent(new CustomEvent("result", { detail }));
  }

  #visible(result) {
    return { ...result, faces: result.faces.filter((face) => isCertain(face, this.thresholds)) };
  }
}
