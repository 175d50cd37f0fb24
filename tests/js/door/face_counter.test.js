import assert from "node:assert/strict";
import { test } from "node:test";
import { FaceCounter } from "../../../static/js/door/face_counter.js";

/** Frames a tenth of a second apart, each a list of [track_id, state]; returns the states that were counted. */
function pass(counter, frames, from_ms = 0) {
  return frames.flatMap((faces, i) => counter.update(faces.map(([track_id, state]) => ({ track_id, state })), from_ms + i * 100));
}

const frames = (count, ...faces) => Array.from({ length: count }, () => faces);

test("a face counts once, however long it stays", () => {
  assert.deepEqual(pass(new FaceCounter(), frames(600, [1, "with_mask"])), ["with_mask"]);
});

test("it counts as what the vote says after a second", () => {
  const changing = [...frames(5, [1, "without_mask"]), ...frames(30, [1, "with_mask"])];
  assert.deepEqual(pass(new FaceCounter(), changing), ["with_mask"]);
});

test("a box of a moment does not count", () => {
  assert.deepEqual(pass(new FaceCounter(), [...frames(8, [1, "with_mask"]), ...frames(30)]), []);
});

test("an undecided face counts when it is decided, and as not sure after three seconds, or when it leaves", () => {
  const decided = [...frames(20, [1, "not_sure"]), ...frames(2, [1, "with_mask"])];
  assert.deepEqual(pass(new FaceCounter(), decided), ["with_mask"]);
  assert.deepEqual(pass(new FaceCounter(), frames(40, [1, "not_sure"])), ["not_sure"]);
  assert.deepEqual(pass(new FaceCounter(), [...frames(20, [1, "not_sure"]), ...frames(15)]), ["not_sure"]);
});

test("several faces count each, and one that was missed for a moment counts once", () => {
  const two = [...frames(15, [1, "with_mask"], [2, "without_mask"]), ...frames(5, [1, "with_mask"]), ...frames(15, [1, "with_mask"], [2, "without_mask"])];
  assert.deepEqual(pass(new FaceCounter(), two), ["with_mask", "without_mask"]);
});

test("a number that comes again after a second is another face", () => {
  const again = [...frames(15, [1, "with_mask"]), ...frames(15), ...frames(15, [1, "with_mask"])];
  assert.deepEqual(pass(new FaceCounter(), again), ["with_mask", "with_mask"]);
});

test("after a short break those who are still there do not count again, and newcomers do", () => {
  const counter = new FaceCounter();
  pass(counter, frames(20, [7, "with_mask"]));
  counter.interrupt(2000);
  counter.interrupt(2100);
  assert.deepEqual(pass(counter, [...frames(20, [1, "with_mask"]), ...frames(15, [1, "with_mask"], [2, "without_mask"])], 4000), ["without_mask"]);
});

test("after a long break everybody counts", () => {
  const counter = new FaceCounter();
  pass(counter, frames(20, [7, "with_mask"]));
  counter.interrupt(2000);
  assert.deepEqual(pass(counter, frames(20, [1, "with_mask"]), 20_000), ["with_mask"]);
});

test("who comes long after a break counts, though nobody came back", () => {
  const counter = new FaceCounter();
  pass(counter, frames(20, [7, "with_mask"]));
  counter.interrupt(2000);
  pass(counter, frames(50), 3000);
  assert.deepEqual(pass(counter, frames(20, [1, "with_mask"]), 8000), ["with_mask"]);
});

test("faces without a track do not count", () => {
  assert.deepEqual(pass(new FaceCounter(), frames(30, [null, "with_mask"])), []);
});

test("nothing is kept of faces that have left", () => {
  const counter = new FaceCounter();
  for (let i = 0; i < 1000; i += 1) counter.update([{ track_id: i, state: "with_mask" }], i * 100);
  assert.ok(counter.size <= 11);
});
