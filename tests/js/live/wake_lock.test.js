import assert from "node:assert/strict";
import { test } from "node:test";
import { Wakefulness } from "../../../static/js/live/wake_lock.js";

/** A browser's wake lock that counts, and that a hidden tab takes away. */
function pretended() {
  const locks = [];
  const request = async () => {
    const lock = { released: false, release: async () => (lock.released = true) };
    locks.push(lock);
    return lock;
  };
  return { locks, request, held: () => locks.filter((lock) => !lock.released).length };
}

test("the screen is kept awake once, and let go", async () => {
  const wakeLock = pretended();
  const wakefulness = new Wakefulness(wakeLock);
  await wakefulness.keep();
  await wakefulness.keep();
  assert.equal(wakeLock.locks.length, 1);
  await wakefulness.release();
  assert.equal(wakeLock.held(), 0);
});

test("a lock that the browser dropped is asked for again", async () => {
  const wakeLock = pretended();
  const wakefulness = new Wakefulness(wakeLock);
  await wakefulness.keep();
  wakeLock.locks[0].released = true;
  await wakefulness.keep();
  assert.equal(wakeLock.held(), 1);
});

test("let go while the browser still answers: nothing stays held", async () => {
  const wakeLock = pretended();
  const wakefulness = new Wakefulness(wakeLock);
  const asked = wakefulness.keep();
  await wakefulness.release();
  await asked;
  assert.equal(wakeLock.held(), 0);
});

test("a browser without it, or one that refuses, is no matter", async () => {
  const without = new Wakefulness(undefined);
  await without.keep();
  await without.release();
  const refused = new Wakefulness({ request: () => Promise.reject(new Error("battery")) });
  await refused.keep();
  await refused.release();
});
