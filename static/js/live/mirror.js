// The mirror at work: frames out, answers in, boxes over the video. Knows the picture, not the page around it.
import { followStates } from "../shared/certainty.js";
import { Flight } from "./in_flight.js";
import { FrameGrabber, eachFrame } from "./frames.js";
import { fitRect } from "../shared/geometry.js";
import { drawMarks } from "../shared/overlay.js";
import { marksOn, screenUnit } from "../shared/snapshot.js";

const UNDER_WAY = 2;

/** Sends what a video shows over a connection and draws the answers on a canvas above it. */
export class Mirror extends EventTarget {
  mirrored = true;
  /** Goes with each frame; and the lowest score shown. */
  thresholds = { sent: {}, shown: 0 };
  #video;
  #canvas;
  #connection;
  #grabber;
  #flight = new Flight(UNDER_WAY);
  #stop = null;
  #answer = null;
  #tracks = new Map();
  #wish = null;

  constructor(video, canvas, connection, maxPx) {
    super();
    this.#video = video;
    this.#canvas = canvas;
    this.#connection = connection;
    this.#grabber = new FrameGrabber(maxPx);
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** Begin to look. Events: "answer" (detail: the answer and when), "problem" (detail: a sentence). */
  start() {
    this.stop();
    this.#stop = eachFrame(this.#video, (captured) => this.#look(captured));
  }

  /** Look no more, and show no boxes. */
  stop() {
    this.#stop?.();
    this.#stop = null;
    this.#wish?.(null);
    this.#wish = null;
    this.forget();
  }

  /** Take the boxes away; what they belonged to is no longer in the mirror. */
  forget() {
    this.#answer = null;
    this.#tracks = new Map();
    this.draw();
  }

  /** The next frame in full size with its answer, or null if the mirror stops before. */
  take() {
    return new Promise((resolve) => (this.#wish = resolve));
  }

  /** The newest faces with their states, those below the threshold left out; null before any. */
  get faces() {
    return this.#answer && this.#visible(this.#answer).faces;
  }

  /** Draw the newest faces again, after the size or a setting changed. Returns the marks, in CSS pixels. */
  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    if (!this.#answer) return [];
    const rect = fitRect(getComputedStyle(this.#video).objectFit, { width, height }, this.#answer);
    const marks = marksOn(this.#visible(this.#answer), rect, this.mirrored);
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMarks(context, marks, screenUnit(width));
    return marks;
  }

  async #look(captured_ms) {
    if (document.hidden || !this.#connection.ready) return;
    const seq = this.#flight.begin();
    if (seq === null) return;
    const session = this.#stop;
    const wish = this.#wish;
    this.#wish = null;
    try {
      const picture = wish && createImageBitmap(this.#video);
      const frame = await this.#grabber.grab(this.#video);
      const sent_ms = performance.now();
      const meta = { seq, captured_ms: performance.timeOrigin + captured_ms, ...this.thresholds.sent };
      const told = await this.#connection.send(meta, frame.jpeg);
      if (session !== this.#stop) {
        wish?.(null);
        return;
      }
      const answer = this.#withStates(told);
      if (wish) this.#grant(wish, await picture, answer);
      if (answer && session === this.#stop) this.#show(answer, { sent_ms, captured_ms });
    } finally {
      this.#flight.end(seq);
    }
  }

  #withStates(answer) {
    if (!answer?.faces) return answer;
    const { faces, tracks } = followStates(answer.faces, this.#tracks, performance.now());
    this.#tracks = tracks;
    return { ...answer, faces };
  }

  #grant(wish, picture, answer) {
    if (answer?.faces) wish({ picture, answer: this.#visible(answer) });
    else this.#wish ??= wish;
  }

  #show(answer, { sent_ms, captured_ms }) {
    if (answer.error) this.dispatchEvent(new CustomEvent("problem", { detail: answer.error.message }));
    if (!answer.faces || !this.#flight.isNews(answer.seq)) return;
    this.#answer = answer;
    const marks = this.draw();
    const now_ms = performance.now();
    const detail = { answer, marks, round_trip_ms: now_ms - sent_ms, age_ms: now_ms - captured_ms };
    this.dispatchEvent(new CustomEvent("answer", { detail }));
  }

  #visible(answer) {
    return { ...answer, faces: answer.faces.filter((face) => face.detection_score >= this.thresholds.shown) };
  }
}
