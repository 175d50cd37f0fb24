import assert from "node:assert/strict";
import { test } from "node:test";
import { remember, remembered } from "../../../../static/js/shared/storage/remembered.js";

function storage() {
  const items = new Map();
  return { getItem: (name) => items.get(name) ?? null, setItem: (name, value) => items.set(name, value) };
}

test("what was chosen is there again", () => {
  const kept = storage();
  remember("threshold", 0.8, kept);
  remember("mirrored", false, kept);
  assert.equal(remembered("threshold", 0.64, kept), 0.8);
  assert.equal(remembered("mirrored", true, kept), false);
});

test("nothing kept, or something else, gives the fallback", () => {
  const kept = storage();
  assert.equal(remembered("camera", "", kept), "");
  kept.setItem("mask-mirror.threshold", "{broken");
  assert.equal(remembered("threshold", 0.64, kept), 0.64);
  kept.setItem("mask-mirror.threshold", '"text"');
  assert.equal(remembered("threshold", 0.64, kept), 0.64);
  kept.setItem("mask-mirror.threshold", "null");
  assert.equal(remembered("threshold", 0.64, kept), 0.64);
});

test("a browser that keeps nothing", () => {
  const blocked = { getItem() { throw new Error("blocked"); }, setItem() { throw new Error("blocked"); } };
  remember("camera", "abc", blocked);
  assert.equal(remembered("camera", "", blocked), "");
});
