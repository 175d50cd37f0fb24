import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ModelStore } from "../../../../static/js/device/runtime/model_store.js";

const URL_OF_MODEL = "https://mirror.test/models/one.tflite";
const digest = async (bytes) => createHash("sha256").update(bytes).digest("hex");
const GOOD = Buffer.from("a model");
const MODEL = { url: URL_OF_MODEL, sha256: await digest(GOOD) };

/** A cache of the browser's kind. */
function cacheOf(files = {}, put = () => {}) {
  const kept = new Map(Object.entries(files));
  const cache = {
    match: async (key) => (kept.has(key) ? new Response(kept.get(key)) : undefined),
    put: async (key, response) => {
      put();
      kept.set(key, Buffer.from(await response.arrayBuffer()));
    },
    delete: async (key) => kept.delete(key.url ?? key),
    keys: async () => [...kept.keys()].map((url) => ({ url })),
  };
  return { kept, caches: { open: async () => cache } };
}

/** A server that answers these bodies in turn. */
function serverOf(...bodies) {
  const requests = [];
  const fetch = async (url, options) => {
    requests.push([url, options.cache]);
    const body = bodies.shift();
    if (body instanceof Error) throw body;
    return new Response(body, { status: body === null ? 404 : 200 });
  };
  return { requests, fetch };
}

const key = `${URL_OF_MODEL}?sha256=${MODEL.sha256}`;

test("a model is fetched once and then read from the cache", async () => {
  const { caches, kept } = cacheOf();
  const { requests, fetch } = serverOf(GOOD);
  for (let i = 0; i < 2; i += 1) {
    const store = new ModelStore({ caches, fetch, digest });
    assert.deepEqual(Buffer.from(await store.read(MODEL)), GOOD);
    assert.equal(store.noRoom, false);
  }
  assert.deepEqual(requests, [[key, "default"]]);
  assert.deepEqual([...kept.keys()], [key]);
});

test("a model that arrives cut is fetched again, past the HTTP cache", async () => {
  const { requests, fetch } = serverOf(GOOD.subarray(0, 3), GOOD);
  const found = await new ModelStore({ ...cacheOf(), fetch, digest }).read(MODEL);
  assert.deepEqual(Buffer.from(found), GOOD);
  assert.deepEqual(requests.map(([, mode]) => mode), ["default", "reload"]);
});

test("a model that is twice not the card's is refused, and not kept", async () => {
  const { caches, kept } = cacheOf();
  const { fetch } = serverOf("cut", "older");
  await assert.rejects(new ModelStore({ caches, fetch, digest }).read(MODEL), { code: "bad_model" });
  assert.equal(kept.size, 0);
});

test("a cached model that was changed is fetched anew", async () => {
  const { caches, kept } = cacheOf({ [key]: Buffer.from("changed") });
  const { fetch } = serverOf(GOOD);
  await new ModelStore({ caches, fetch, digest }).read(MODEL);
  assert.deepEqual(kept.get(key), GOOD);
});

test("the cache keeps one version of each model", async () => {
  const other = "https://mirror.test/models/two.tflite?sha256=2";
  const { caches, kept } = cacheOf({ [`${URL_OF_MODEL}?sha256=old`]: GOOD, [other]: GOOD });
  await new ModelStore({ caches, fetch: serverOf(GOOD).fetch, digest }).read(MODEL);
  assert.deepEqual([...kept.keys()].sort(), [key, other].sort());
});

test("without room in the cache the model is used, and the store says so", async () => {
  const full = cacheOf({}, () => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const store = new ModelStore({ caches: full.caches, fetch: serverOf(GOOD).fetch, digest });
  assert.deepEqual(Buffer.from(await store.read(MODEL)), GOOD);
  assert.equal(store.noRoom, true);
});

test("a browser without a cache", async () => {
  const refused = { open: async () => Promise.reject(new DOMException("no", "SecurityError")) };
  for (const caches of [undefined, refused]) {
    const store = new ModelStore({ caches, fetch: serverOf(GOOD).fetch, digest });
    await store.read(MODEL);
    assert.equal(store.noRoom, true);
  }
});

test("a server that is gone or has no such file", async () => {
  for (const answer of [new TypeError("Failed to fetch"), null]) {
    await assert.rejects(new ModelStore({ ...cacheOf(), fetch: serverOf(answer).fetch, digest }).read(MODEL), { code: "unreachable" });
  }
});
