import assert from "node:assert/strict";
import { test } from "node:test";
import { missingText, progressOf } from "../../../../static/js/collect/model/progress.js";
import { contentId, hasNoFace } from "../../../../static/js/collect/model/picture.js";
import { picture } from "../pictures.js";

const many = (count, labels, fields) => Array.from({ length: count }, (_, i) => picture(`${labels}${fields?.sitting}${i}`, labels, fields));

test("pictures count by label and sitting; those without a box or left out do not", () => {
  const { sittings, rows, used, leftOut, withoutBox, enough } = progressOf([
    ...many(20, ["with_mask"], { sitting: 1 }),
    ...many(10, ["with_mask"], { sitting: 3 }),
    ...many(31, ["without_mask"], { sitting: 1 }),
    picture("both", ["without_mask", "mask_worn_incorrectly"]),
    picture("none", []),
    picture("left out", ["with_mask"], { leftOut: true }),
  ]);
  assert.deepEqual(sittings, [1, 3]);
  assert.deepEqual(rows.map(({ counts }) => counts), [[20, 10], [32, 0], [1, 0]]);
  assert.deepEqual([used, leftOut, withoutBox, enough], [62, 1, 1, false]);
  assert.deepEqual(rows.map(missingText), ["Mask: enough", "No mask: a second sitting", "Worn incorrectly: 29 more pictures and a second sitting"]);
});

test("a state with no picture says so", () => {
  assert.equal(missingText(progressOf([]).rows[0]), "Mask: no picture yet");
});

test("a picture without a face is one that a detector has seen", () => {
  assert.equal(hasNoFace(picture("a")), true);
  assert.equal(hasNoFace(picture("a", [], { proposal: "waiting" })), false);
  assert.equal(hasNoFace(picture("a", [], { leftOut: true })), false);
});

test("ids tell files apart that differ in a byte or in the order of their bytes", () => {
  const ids = [[], [0], [0, 0], [1, 2], [2, 1], [1, 2, 3]].map((bytes) => contentId(Uint8Array.from(bytes)));
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(contentId(Uint8Array.from([7, 8])), contentId(Uint8Array.from([7, 8])));
});
