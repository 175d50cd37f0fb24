import assert from "node:assert/strict";
import { test } from "node:test";
import { OneTab } from "../../../../static/js/shared/storage/one_tab.js";

/** A browser's lock manager for one name, shared by tabs; each tab may close. */
function fakeLocks() {
  const locks = { holder: null, queue: [] };
  const grant = (one) => {
    locks.holder = one;
    one.work({}).then(() => {}, () => {});
  };
  const next = () => {
    locks.holder = null;
    if (locks.queue.length) grant(locks.queue.shift());
  };
  locks.request = (name, { ifAvailable, steal, signal }, work) =>
    new Promise((resolve, reject) => {
      const one = { work: async (lock) => work(lock), reject: () => reject(new DOMException("stolen", "AbortError")), signal };
      signal?.addEventListener("abort", () => {
        locks.queue = locks.queue.filter((other) => other !== one);
        one.reject();
      });
      if (steal) {
        const before = locks.holder;
        grant(one);
        before?.reject();
      } else if (!locks.holder) grant(one);
      else if (ifAvailable) resolve(work(null));
      else locks.queue.push(one);
    });
  locks.close = () => next();
  return locks;
}

function tab(locks) {
  const door = new OneTab(locks, "door");
  const events = [];
  for (const type of ["held", "lost"]) door.addEventListener(type, () => events.push(type));
  return { door, events };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("the first tab has the door, the second gets it once the first is closed", async () => {
  const locks = fakeLocks();
  const [first, second] = [tab(locks), tab(locks)];
  assert.equal(await first.door.ask(), true);
  assert.equal(await second.door.ask(), false);
  assert.deepEqual([first.events, second.events], [["held"], []]);
  locks.close();
  await settled();
  assert.deepEqual(second.events, ["held"]);
});

test("a tab that takes over ends the other one, which waits for its turn", async () => {
  const locks = fakeLocks();
  const [first, second] = [tab(locks), tab(locks)];
  await first.door.ask();
  await second.door.ask();
  second.door.take();
  await settled();
  assert.deepEqual([first.events, second.events], [["held", "lost"], ["held"]]);
  first.door.take();
  await settled();
  assert.deepEqual([first.events, second.events], [["held", "lost", "held"], ["held", "lost"]]);
  assert.equal(locks.queue.length, 1);
  locks.close();
  await settled();
  assert.equal(second.events.at(-1), "held");
});

test("a browser without locks has one tab", async () => {
  const { door, events } = tab(undefined);
  assert.equal(await door.ask(), true);
  assert.deepEqual(events, ["held"]);
});
