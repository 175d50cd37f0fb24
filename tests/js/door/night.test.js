// A night over a door, 300,000 frames, at full speed through what handles each result. The whole page: tests/e2e/test_door.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { Tracker } from "../../../static/js/device/tracking/tracker.js";
import { CountStore } from "../../../static/js/door/count_store.js";
import { series } from "../../../static/js/door/counts.js";
import { FaceCounter } from "../../../static/js/door/face_counter.js";
import { Idle } from "../../../static/js/door/idle.js";
import { BoxMotion } from "../../../static/js/live/mirror/box_motion.js";
import { InFlight } from "../../../static/js/live/mirror/in_flight.js";
import { verdict } from "../../../static/js/live/verdict.js";
import { followStates } from "../../../static/js/shared/faces/certainty.js";

const FRAMES = 300_000;
const STEP_MS = 100;
/** Somebody passes every twelve seconds, for four seconds: 2,500 people. */
const [EVERY, STAYS] = [120, 40];
const LABELS = ["with_mask", "without_mask", "mask_worn_incorrectly"];
const HEAP_BYTES = 10e6;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");

function heapBytes() {
  collect();
  return process.memoryUsage().heapUsed;
}

/** The face of frame i, walking past; null between two people. */
function faceOf(i) {
  const step = i % EVERY;
  if (step >= STAYS) return null;
  const label = Math.floor(i / EVERY) % 3;
  return { xyxy: [step * 8, 100, step * 8 + 120, 250], label_probs: [0, 1, 2].map((k) => (k === label ? 0.9 : 0.05)), label, label_score: 0.9 };
}

test("a night of 300,000 frames counts everybody once, and the heap grows by less than 10 MB", async () => {
  const [tracker, counter, store, inFlight] = [new Tracker(), new FaceCounter(), new CountStore(), new InFlight()];
  const [motion, idle] = [new BoxMotion(() => false), new Idle(0)];
  const shown = new Map();
  let tracks = new Map();
  let people = 0;
  let before = 0;
  for (let i = 0; i < FRAMES; i += 1) {
    const now_ms = i * STEP_MS;
    const seq = inFlight.begin(now_ms);
    const face = faceOf(i);
    const tracked = await tracker.update(face ? [face] : [], now_ms / 1000);
    const faces = tracked.map(({ xyxy, track_id, label, label_score }) => ({ box: xyxy, track_id, label: LABELS[label], label_score }));
    const followed = followStates(faces, tracks, now_ms);
    tracks = followed.tracks;
    motion.update(followed.faces.map(({ track_id, state }) => ({ track_id, state, x: 0, y: 0, width: 9, height: 9 })), now_ms);
    motion.at(now_ms);
    if (faces.length) idle.wake(now_ms);
    const counted = counter.update(followed.faces, now_ms);
    people += counted.length;
    if (counted.length) await store.add(counted, now_ms);
    const text = verdict({ running: true, hidden: false, connection: "open", problem: null, faces: followed.faces, hiddenFaces: 0 }).sentence;
    shown.set(text, (shown.get(text) ?? 0) + 1);
    inFlight.end(seq, now_ms);
    // The first frames fill caches, and the compiler's.
    if (i === 10_000) before = heapBytes();
  }
  const grown = heapBytes() - before;
  const rows = await store.rows();
  assert.equal(people, FRAMES / EVERY);
  assert.equal(rows.length, (FRAMES * STEP_MS) / 60_000);
  assert.equal(series(rows, "day", FRAMES * STEP_MS).totals.with_mask, Math.ceil(people / 3));
  assert.deepEqual([...shown.keys()].sort(), ["1 face: mask worn incorrectly", "1 face: with a mask", "1 face: without a mask", "No face in view"]);
  assert.ok(grown < HEAP_BYTES, `the heap grew by ${grown} bytes`);
});
