// The mirror: sends frames of a video and draws the detected faces over it. Independent of the page around it.
import { followStates } from "../shared/certainty.js";
import { fitRect } from "../shared/geometry.js";
import { drawMarks } from "../shared/overlay.js";
import { faceMarks, screenUnit } from "../shared/snapshot.js";
import { FrameGrabber, eachFrame } from "./frames.js";
import { InFlight } from "./in_flight.js";

const MAX_IN_FLIGHT = 2;

/** Sends the frames of a video over a connection and draws the results on a canvas above the video. */
export class Mirror extends EventTarget {
  mirrored = true;
  /** Fields to send with each frame, and the lowest score shown (see threshold.js). */
  thresholds = { sent: {}, shown: 0 };
  #video;
  #canvas;
  #connection;
  #grabber;
  #inFlight = new InFlight(MAX_IN_FLIGHT);
  #stop = null;
  #result = null;
  #tracks = new Map();
  #resolveSnapshot = null;

  constructor(video, canvas, connection, maxPx) {
    super();
    this.#video = video;
    this.#canvas = canvas;
    this.#connection = connection;
    this.#grabber = new FrameGrabber(maxPx);
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
    this.draw();
  }

  /** The next frame in full size with its result, or null if the mirror stops first. */
  takeSnapshot() {
    return new Promise((resolve) => (this.#resolveSnapshot = resolve));
  }

  /** The newest faces with their states, without those below the threshold; null before the first result. */
  get faces() {
    return this.#result && this.#visible(this.#result).faces;
  }

  /** Redraw the newest faces, after the size or a setting changed. Returns the marks, in CSS pixels. */
  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    if (!this.#result) return [];
    const rect = fitRect(getComputedStyle(this.#video).objectFit, { width, height }, this.#result);
    const marks = faceMarks(this.#visible(this.#result), rect, this.mirrored);
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMarks(context, marks, screenUnit(width));
    return marks;
  }

  async #detect(captured_ms) {
    if (document.hidden || !this.#connection.ready) return;
    const seq = this.#inFlight.begin();
    if (seq === null) return;
    const session = this.#stop;
    const resolveSnapshot = this.#resolveSnapshot;
    this.#resolveSnapshot = null;
    try {
      const picture = resolveSnapshot && createImageBitmap(this.#video);
      const frame = await this.#grabber.grab(this.#video);
      const sent_ms = performance.now();
      const meta = { seq, captured_ms: performance.timeOrigin + captured_ms, ...this.thresholds.sent };
      const reply = await this.#connection.send(meta, frame.jpeg);
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
    const marks = this.draw();
    const now_ms = performance.now();
    const detail = { result, marks, round_trip_ms: now_ms - sent_ms, delay_ms: now_ms - captured_ms };
    this.dispatchEvent(new CustomEvent("result", { detail }));
  }

  #visible(result) {
    return { ...result, faces: result.faces.filter((face) => face.detection_score >= this.thresholds.shown) };
  }
}
