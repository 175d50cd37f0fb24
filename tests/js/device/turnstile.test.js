import assert from "node:assert/strict";
import { test } from "node:test";
import { Turnstile } from "../../../static/js/device/turnstile.js";

/** A task that ends when it is told to. */
function task() {
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  return { run: () => done, finish };
}

test("one runs, the newest waits, those between are dropped", async () => {
  const turnstile = new Turnstile();
  const tasks = Array.from({ length: 4 }, task);
  const passed = tasks.map(({ run }) => turnstile.pass(run));
  tasks.forEach(({ finish }, i) => finish(i));
  assert.deepEqual(await Promise.all(passed), [0, null, null, 3]);
});

test("never two at once, also when one comes just as another ends", async () => {
  const turnstile = new Turnstile();
  let [running, most] = [0, 0];
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await null;
    running -= 1;
    return true;
  };
  const results = await Promise.all(Array.from({ length: 30 }, async (_, i) => {
    for (let k = 0; k < i % 5; k += 1) await null;
    return turnstile.pass(work);
  }));
  assert.equal(most, 1);
  assert.ok(results.filter(Boolean).length >= 2);
});

test("a task that fails lets the next one through", async () => {
  const turnstile = new Turnstile();
  await assert.rejects(turnstile.pass(async () => Promise.reject(new Error("broken"))), /broken/);
  assert.equal(await turnstile.pass(async () => 5), 5);
});
