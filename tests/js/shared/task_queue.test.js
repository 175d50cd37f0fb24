import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskQueue } from "../../../static/js/shared/task_queue.js";

test("tasks run in order and within the limit, and a failure does not stop the queue", async () => {
  const queue = new TaskQueue(2);
  let running = 0;
  let max = 0;
  const started = [];
  const task = (name) => async () => {
    started.push(name);
    max = Math.max(max, (running += 1));
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    if (name === 2) throw new Error("two");
    return name;
  };
  const results = await Promise.allSettled([1, 2, 3, 4].map((name) => queue.run(task(name))));
  assert.deepEqual(started, [1, 2, 3, 4]);
  assert.equal(max, 2);
  assert.deepEqual(results.map((result) => result.status), ["fulfilled", "rejected", "fulfilled", "fulfilled"]);
});
