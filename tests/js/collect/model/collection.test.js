import assert from "node:assert/strict";
import { test } from "node:test";
import { Collection } from "../../../../static/js/collect/model/collection.js";
import { MemoryStore, picture } from "../pictures.js";

function filled(...ids) {
  const store = new MemoryStore();
  const collection = new Collection(store);
  for (const id of ids) collection.add(picture(id, ["with_mask"]), new Blob([id]), { text: "take pictures", group: "burst" });
  return { store, collection };
}

const ids = (collection) => collection.pictures.map(({ id }) => id);

test("pictures come in their order, each once, and are kept", async () => {
  const { store, collection } = filled("b", "a");
  assert.deepEqual(ids(collection), ["b", "a"]);
  assert.equal(collection.add(picture("a"), new Blob(), { text: "again" }), false);
  assert.deepEqual([...store.kept.keys()], ["b", "a"]);
  assert.equal(await (await collection.jpeg("a")).text(), "a");
  const later = new Collection(store);
  await later.load();
  assert.deepEqual(later.pictures, collection.pictures);
  assert.equal(later.undoText, null);
});

test("a burst is one step, and comes back with the boxes that were proposed meanwhile", () => {
  const { store, collection } = filled("a", "b");
  collection.change(new Map([["a", { leftOut: true }]]), { text: "leave out a picture" });
  collection.update("a", { boxes: [], proposal: "failed" });
  assert.equal(collection.undo(), "leave out a picture");
  assert.deepEqual([collection.get("a").leftOut, collection.get("a").proposal], [false, "failed"]);
  assert.equal(collection.undo(), "take pictures");
  assert.deepEqual([ids(collection), store.kept.size, collection.undoText], [[], 0, null]);
  assert.equal(collection.redo(), "take pictures");
  assert.deepEqual([ids(collection), store.kept.size], [["a", "b"], 2]);
});

test("moves of one box are one step until it ends", () => {
  const { collection } = filled("a");
  const move = (x) => collection.change(new Map([["a", { boxes: [{ ...collection.get("a").boxes[0], x }] }]]), { text: "move the box", group: "move a 0" });
  const was = collection.get("a").boxes[0].x;
  move(1);
  move(2);
  collection.endStep();
  move(3);
  collection.undo();
  assert.equal(collection.get("a").boxes[0].x, 2);
  collection.undo();
  assert.equal(collection.get("a").boxes[0].x, was);
  assert.equal(collection.redoText, "move the box");
  move(9);
  assert.equal(collection.redoText, null);
});

test("what is removed comes back in its place", () => {
  const { store, collection } = filled("a", "b", "c");
  const before = collection.pictures;
  collection.remove(["a", "b", "nothing"], "delete 2 pictures");
  assert.deepEqual([ids(collection), [...store.kept.keys()]], [["c"], ["c"]]);
  collection.update("a", { boxes: [] });
  collection.undo();
  assert.deepEqual(collection.pictures, before);
});

test("changes are told by id", () => {
  const { collection } = filled("a", "b");
  const told = [];
  collection.addEventListener("change", ({ detail }) => told.push(detail));
  collection.change(new Map([["b", { checked: true }], ["unknown", { checked: true }]]), { text: "check" });
  collection.change(new Map([["unknown", { checked: true }]]), { text: "check" });
  collection.forgetSteps();
  assert.deepEqual(told, [["b"], []]);
  assert.equal(collection.undo(), null);
});
