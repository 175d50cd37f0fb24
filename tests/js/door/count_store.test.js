import assert from "node:assert/strict";
import { test } from "node:test";
import { CountStore, minuteOf } from "../../../static/js/door/count_store.js";

// Without `indexedDB`, as where a browser keeps nothing; with it, tests/e2e/test_door.py.
test("where nothing is kept, counts last as long as the page", async () => {
  const store = new CountStore();
  await store.add(["with_mask", "with_mask", "not_sure"], 60_000);
  await store.add(["with_mask"], 119_999);
  await store.add(["without_mask"], 120_000);
  assert.equal(store.kept, false);
  const [first, second] = await store.rows();
  assert.deepEqual([first.minute, first.with_mask, first.not_sure], [1, 3, 1]);
  assert.deepEqual([second.minute, second.without_mask], [2, 1]);
  assert.deepEqual((await store.rows(2)).length, 1);
  assert.deepEqual((await store.rows(0, 2)).length, 1);
  await store.removeOld(0);
  await store.clear();
  assert.deepEqual(await store.rows(), []);
});

test("the minute of a time", () => {
  assert.equal(minuteOf(59_999), 0);
  assert.equal(minuteOf(60_000), 1);
});
