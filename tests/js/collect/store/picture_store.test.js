import assert from "node:assert/strict";
import { test } from "node:test";
import { PictureStore } from "../../../../static/js/collect/store/picture_store.js";
import { roomText } from "../../../../static/js/collect/store/room.js";
import { picture } from "../pictures.js";

/** Two stores of a database that takes so many JPEGs; the real ones: tests/e2e/test_collect.py. */
function fakeDatabase() {
  const data = { pictures: new Map(), jpegs: new Map(), room: Infinity, refused: false };
  const stores = ({ pictures, jpegs }) => ({
    pictures: { put: (one) => pictures.set(one.id, one), delete: (id) => pictures.delete(id), getAll: () => [...pictures.values()], getAllKeys: () => ({ result: [...pictures.keys()] }) },
    jpegs: {
      put: (jpeg, id) => jpegs.set(id, jpeg),
      delete: (id) => jpegs.delete(id),
      get: (id) => jpegs.get(id),
      getAllKeys: () => ({ result: [...jpegs.keys()], set onsuccess(act) { act(); } }),
    },
  });
  data.run = async (kind, mode, act) => {
    if (data.refused) throw new DOMException("", "InvalidStateError");
    const draft = { pictures: new Map(data.pictures), jpegs: new Map(data.jpegs) };
    const result = act(stores(draft));
    if (draft.jpegs.size > data.room) throw new DOMException("", "QuotaExceededError");
    Object.assign(data, draft);
    return result;
  };
  return data;
}

const jpeg = (id) => new Map([[id, `jpeg ${id}`]]);

test("pictures and JPEGs are kept; a picture that comes back has its JPEG until the sweep", async () => {
  const data = fakeDatabase();
  const store = new PictureStore(data.run);
  await store.save([picture("a")], [], jpeg("a"));
  await store.save([picture("a", [], { checked: true }), picture("b")], [], jpeg("b"));
  assert.deepEqual([store.trouble, store.unsaved, data.pictures.get("a").checked], [null, 0, true]);
  assert.equal(await store.jpeg("a"), "jpeg a");
  await store.save([], ["a", "b"], new Map());
  await store.save([picture("b")], [], new Map());
  assert.deepEqual((await store.pictures()).map(({ id }) => id), ["b"]);
  await store.sweep();
  assert.deepEqual([...data.jpegs.keys()], ["b"]);
  assert.equal(await store.jpeg("a"), undefined);
});

test("without room, what fits is kept, the rest lasts as long as the page and is kept once there is room", async () => {
  const data = fakeDatabase();
  data.room = 2;
  const store = new PictureStore(data.run);
  const told = [];
  store.addEventListener("trouble", () => told.push([store.trouble, store.unsaved]));
  await Promise.all(["a", "b", "c", "d"].map((id) => store.save([picture(id)], [], jpeg(id))));
  assert.deepEqual(told.at(-1), ["full", 2]);
  assert.deepEqual([...data.jpegs.keys()], ["a", "b"]);
  assert.equal(await store.jpeg("d"), "jpeg d");
  assert.equal((await store.pictures()).length, 4);
  data.room = 9;
  await store.save([picture("a", [], { checked: true })], [], new Map());
  assert.deepEqual(told.at(-1), [null, 0]);
  assert.deepEqual([...data.pictures.keys()].sort(), ["a", "b", "c", "d"]);
});

test("a browser that keeps nothing: all lasts as long as the page, also what was deleted and comes back", async () => {
  const data = fakeDatabase();
  data.refused = true;
  const store = new PictureStore(data.run);
  assert.deepEqual(await store.pictures(), []);
  await store.save([picture("a")], [], jpeg("a"));
  assert.deepEqual([store.trouble, store.unsaved], ["refused", 1]);
  await store.save([], ["a"], new Map());
  assert.deepEqual(await store.pictures(), []);
  await store.save([picture("a")], [], new Map());
  assert.equal(await store.jpeg("a"), "jpeg a");
  assert.equal((await store.pictures()).length, 1);
});

test("while another tab has the collection, nothing is written", async () => {
  const data = fakeDatabase();
  const store = new PictureStore(data.run);
  store.stopped = true;
  await store.save([picture("a")], [], jpeg("a"));
  store.stopped = false;
  await store.save([picture("b")], [], jpeg("b"));
  assert.deepEqual([...data.pictures.keys()], ["b"]);
});

test("what found no room outlasts another tab's turn", async () => {
  const data = fakeDatabase();
  data.room = 1;
  const store = new PictureStore(data.run);
  await store.save([picture("a")], [], jpeg("a"));
  await store.save([picture("b")], [], jpeg("b"));
  store.stopped = true;
  await store.save([], ["b"], new Map());
  data.pictures.delete("a");
  store.stopped = false;
  assert.deepEqual((await store.pictures()).map(({ id }) => id), ["b"]);
  assert.equal(await store.jpeg("b"), "jpeg b");
});

test("the room that is left, in words", () => {
  assert.equal(roomText(1, 84_000, { usage: 1e6, quota: 4.2e9 }).text, "1 picture, 0.1\u00a0MB. Room left on this device: 4.2\u00a0GB.");
  assert.deepEqual(roomText(2, 84_000_000, { usage: 90e6, quota: 100e6 }), { text: "2 pictures, 84\u00a0MB. Room left on this device: 10\u00a0MB. Export the collection soon.", little: true });
  assert.match(roomText(0, 0, {}).text, /does not say/);
});
