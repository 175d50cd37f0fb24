import assert from "node:assert/strict";
import { test } from "node:test";
import { boxesText, FILTERS, marksOf } from "../../../../static/js/collect/model/marks.js";
import { frameTimes } from "../../../../static/js/collect/model/frame_times.js";
import { isPlainJpeg } from "../../../../static/js/collect/model/jpeg.js";
import { actionOf } from "../../../../static/js/collect/editor/keys.js";
import { picture } from "../pictures.js";

const key = (key, keys = {}) => ({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...keys });

test("what is to be said about a picture", () => {
  assert.deepEqual(marksOf(picture("a", ["with_mask"])), []);
  assert.deepEqual(marksOf(picture("a", ["with_mask"]), 3), ["Near-duplicate of picture 3"]);
  assert.deepEqual(marksOf(picture("a", [], { proposal: "failed", failure: "The server is gone." })), ["The server is gone."]);
  assert.deepEqual(marksOf(picture("a", [], { leftOut: true }), 3), ["Left out"]);
  assert.deepEqual(marksOf(picture("a"), undefined), ["No face found: draw a box or leave it out"]);
  assert.equal(boxesText(picture("a", ["with_mask", "without_mask"])), "2 boxes: Mask, No mask");
});

test("choices of the list", () => {
  const shown = (one, near = new Map()) => Object.keys(FILTERS).filter((name) => FILTERS[name](one, near));
  assert.deepEqual(shown(picture("a", ["with_mask"])), ["all", "unchecked"]);
  assert.deepEqual(shown(picture("a", ["with_mask"], { checked: true }), new Map([["a", "b"]])), ["all", "near"]);
  assert.deepEqual(shown(picture("a")), ["all", "no_face"]);
  assert.deepEqual(shown(picture("a", [], { leftOut: true })), ["all", "left_out"]);
  assert.deepEqual(shown(picture("a", [], { proposal: "failed" })), ["all", "waiting"]);
});

test("frames of a video: twice a second, 60 at most, one at least", () => {
  assert.deepEqual(frameTimes(2), [0.25, 0.75, 1.25, 1.75]);
  assert.deepEqual(frameTimes(0.1), [0.05]);
  const long = frameTimes(600);
  assert.deepEqual([long.length, long[0], long.at(-1)], [60, 5, 595]);
});

test("a JPEG is kept as it is if it is whole and tells no place", () => {
  const jpeg = (...segments) => Uint8Array.from([0xff, 0xd8, ...segments.flat(), 0xff, 0xda, 0, 3, 0, 9, 9, 0xff, 0xd9]);
  const app = (number) => [0xff, 0xe0 + number, 0, 4, 1, 1];
  assert.equal(isPlainJpeg(jpeg(app(0))), true);
  assert.equal(isPlainJpeg(jpeg(app(0), app(1))), false);
  assert.equal(isPlainJpeg(jpeg(app(0)).slice(0, -1)), false);
  assert.equal(isPlainJpeg(jpeg([0, 0])), false);
  assert.equal(isPlainJpeg(Uint8Array.from([])), false);
});

test("keys: boxes have arrows, labels and Delete; without one, arrows scroll", () => {
  assert.deepEqual(actionOf(key("ArrowUp"), true), { kind: "move", dx: 0, dy: -1, fine: false });
  assert.deepEqual(actionOf(key("ArrowLeft", { shiftKey: true, ctrlKey: true }), true), { kind: "resize", dx: -1, dy: 0, fine: true });
  assert.equal(actionOf(key("ArrowUp"), false), null);
  assert.deepEqual(actionOf(key("2"), true), { kind: "label", label: "without_mask" });
  for (const [name, onBox] of [["2", false], ["4", true], ["Delete", false], ["Tab", true], ["a", true]]) assert.equal(actionOf(key(name), onBox), null, name);
  assert.equal(actionOf(key("Z", { ctrlKey: true, shiftKey: true }), false).kind, "redo");
  assert.equal(actionOf(key("y", { metaKey: true }), false).kind, "redo");
  assert.equal(actionOf(key("b", { ctrlKey: true }), true), null);
  assert.equal(actionOf(key("ArrowLeft", { altKey: true }), true), null);
});
