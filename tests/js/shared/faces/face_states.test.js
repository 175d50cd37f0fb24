import assert from "node:assert/strict";
import { test } from "node:test";
import { INK, STATES, STATE_NAMES } from "../../../../static/js/shared/faces/face_states.js";

/** Relative luminance of "#rrggbb" (WCAG 2.2). */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

test("ink on the colour of every state reaches 7:1", () => {
  for (const name of STATE_NAMES) assert.ok(contrast(INK, STATES[name].colour) >= 7, name);
});

test("no two states share a word, a sign, a line or a colour", () => {
  for (const attribute of ["word", "sign", "line", "colour"]) {
    assert.equal(new Set(STATE_NAMES.map((name) => STATES[name][attribute])).size, 4, attribute);
  }
});
