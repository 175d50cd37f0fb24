import assert from "node:assert/strict";
import { test } from "node:test";
import { verdict } from "../../../static/js/live/verdict.js";

const page = { running: true, hidden: false, connection: "open", problem: null, faces: [], hiddenFaces: 0 };
const faces = (...states) => states.map((state) => ({ state }));
const plain = (text) => text.replaceAll("\u00a0", " ");
const shown = (changes) => {
  const { tone, parts, sentence } = verdict({ ...page, ...changes });
  return [tone, parts.map(({ text, state }) => (state ? `${state}: ${plain(text)}` : plain(text))), plain(sentence)];
};

test("the first condition that applies is shown", () => {
  assert.equal(verdict({ ...page, running: false }), null);
  assert.equal(shown({ connection: "lost", hidden: true })[2], "Paused while this tab is hidden");
  assert.match(shown({ connection: "lost", problem: "x" })[2], /connection was lost\. Reconnecting/);
  assert.match(shown({ connection: "restarting" })[2], /restarting/);
  assert.equal(shown({ problem: "Please send smaller ones." })[2], "Please send smaller ones.");
  assert.equal(shown({ faces: null })[2], "Detecting…");
  assert.equal(shown({})[2], "No face in view");
});

test("a lost server has a tone of its own", () => {
  for (const connection of ["lost", "restarting", "refused"]) assert.equal(shown({ connection })[0], "lost");
  assert.equal(shown({ connection: "connecting" })[0], "quiet");
  assert.equal(shown({ faces: faces("with_mask") })[0], "faces");
});

test("one face is one word, several are counted by state", () => {
  assert.deepEqual(shown({ faces: faces("with_mask") }), ["faces", ["with_mask: Mask"], "1 face: with a mask"]);
  assert.deepEqual(shown({ faces: faces("mask_worn_incorrectly") })[1], ["mask_worn_incorrectly: Worn incorrectly"]);
  assert.deepEqual(shown({ faces: faces("without_mask", "with_mask") }), [
    "faces",
    ["with_mask: 1 with a mask", "without_mask: 1 without"],
    "2 faces: 1 with a mask, 1 without",
  ]);
  assert.deepEqual(shown({ faces: faces("without_mask", "without_mask") })[1], ["without_mask: 2 without a mask"]);
});

test("faces that the setting hides are counted, not denied", () => {
  assert.deepEqual(shown({ hiddenFaces: 1 }), ["quiet", ["1 face hidden by your setting"], "1 face hidden by your setting"]);
  assert.equal(shown({ hiddenFaces: 2, faces: faces("with_mask") })[2], "1 face: with a mask; 2 faces hidden by your setting");
});
