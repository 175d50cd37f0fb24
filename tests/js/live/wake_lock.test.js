import assert from "node:assert/strict";
import { test } from "node:test";
import { ScreenWakeLock } from "../../../static/js/live/wake_lock.js";

/** A fake of the browser's wake lock that counts its locks. */
function fakeWakeLock() {
  const locks = [];
  const request = async () => {
    const lock = { released: false, release: async () => (lock.released = true) };
    locks.push(lock);
    return lock;
  };
  return { locks, request, held: () => locks.filter((lock) => !lock.released).length };
}

test("the wake lock is requested once and released", async () => {
  const wakeLock = fakeWakeLock();
  const lock = new ScreenWakeLock(wakeLock);
  await lock.acquire();
  await lock.acquire();
  assert.equal(wakeLock.locks.length, 1);
  await lock.release();
  assert.equal(wakeLock.held(), 0);
});

test("a lock that the browser released is requested again", async () => {
  const wakeLock = fakeWakeLock();
  const lock = new ScreenWakeLock(wakeLock);
  await lock.acquire();
  wakeLock.locks[0].released = true;
  await lock.acquire();
  assert.equal(wakeLock.held(), 1);
});

test("released while the request is pending: no lock stays held", async () => {
  const wakeLock = fakeWakeLock();
  const lock = new ScreenWakeLock(wakeLock);
  const pending = lock.acquire();
  await lock.release();
  await pending;
  assert.equal(wakeLock.held(), 0);
});

test("a missing or refused wake lock is no error", async () => {
  const without = new ScreenWakeLock(undefined);
  await without.acquire();
  await without.release();
  const refused = new ScreenWakeLock({ request: () => Promise.reject(new Error("battery")) });
  await refused.acquire();
  await refused.release();
});
