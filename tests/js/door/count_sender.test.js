import assert from "node:assert/strict";
import { test } from "node:test";
import { CountSender } from "../../../static/js/door/count_sender.js";
import { CountStore } from "../../../static/js/door/count_store.js";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-11-30T13:05:30Z");

/** A server that takes or refuses what it gets. */
function fakeServer() {
  const server = { got: [], refuses: null };
  server.request = async (url, { body }) => {
    if (server.refuses) throw new Error(server.refuses);
    server.got.push(JSON.parse(body));
  };
  return server;
}

async function storeWith(...minutes) {
  const store = new CountStore();
  for (const back of minutes) await store.add(["with_mask"], NOW_MS - back * MINUTE_MS);
  return store;
}

test("finished minutes are sent once, the oldest first", async () => {
  const [server, store] = [fakeServer(), await storeWith(0, 1, 3)];
  const sender = new CountSender("/counts", store, server.request);
  await sender.tick(NOW_MS);
  assert.deepEqual(server.got.map(({ minute }) => minute), ["2026-11-30T13:02:00Z", "2026-11-30T13:04:00Z"]);
  assert.deepEqual(server.got[0].counts, { with_mask: 1, without_mask: 0, mask_worn_incorrectly: 0, not_sure: 0 });
  assert.match(server.got[0].door, /^[a-z0-9-]{1,32}$/);
  await sender.tick(NOW_MS + MINUTE_MS);
  await sender.tick(NOW_MS + 2 * MINUTE_MS);
  assert.equal(server.got.length, 3);
});

test("nothing is sent where the server forwards nothing", async () => {
  const server = fakeServer();
  await new CountSender("", await storeWith(3), server.request).tick(NOW_MS);
  assert.deepEqual(server.got, []);
});

test("what was refused is sent again, after longer and longer waits, and nothing is lost", async () => {
  const [server, store] = [fakeServer(), await storeWith(3, 2)];
  server.refuses = "The receiver cannot be reached.";
  let tries = 0;
  const sender = new CountSender("/counts", store, (...args) => ((tries += 1), server.request(...args)));
  for (let second = 0; second < 600; second += 1) await sender.tick(NOW_MS + second * 1000);
  assert.equal(sender.problem, "The receiver cannot be reached.");
  assert.ok(tries >= 5 && tries <= 8, `${tries} tries in ten minutes`);
  server.refuses = null;
  await sender.tick(NOW_MS + 60 * MINUTE_MS);
  assert.equal(sender.problem, null);
  assert.equal(server.got.length, 2);
});

test("minutes of more than a week ago stay on the device", async () => {
  const server = fakeServer();
  await new CountSender("/counts", await storeWith(8 * 24 * 60, 5), server.request).tick(NOW_MS);
  assert.equal(server.got.length, 1);
});
