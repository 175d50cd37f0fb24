import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerTrouble } from "../../../static/js/device/server_trouble.js";

const answered = (queue_ms = 0) => ({ timings: { queue_ms } });

function watched(replies) {
  const trouble = new ServerTrouble();
  trouble.connection("open", 0);
  replies.forEach(([result, taken], i) => trouble.reply(result, taken, 100 * i));
  return trouble.kind(100 * replies.length);
}

test("a fast server has no trouble, and few replies say nothing", () => {
  assert.equal(watched(Array(10).fill([answered(), 80])), null);
  assert.equal(watched(Array(2).fill([answered(), 3000])), null);
});

test("slow, or busy where most of the time goes by in the queue or the server says so", () => {
  assert.equal(watched(Array(5).fill([answered(10), 1500])), "slow");
  assert.equal(watched(Array(5).fill([answered(1300), 1500])), "busy");
  assert.equal(watched(Array(5).fill([{ error: { code: "busy" } }, 20])), "busy");
});

test("one slow frame among fast ones is no trouble", () => {
  assert.equal(watched([[answered(), 80], [answered(), 3000], [answered(), 80], [answered(), 80]]), null);
});

test("old replies do not count", () => {
  const trouble = new ServerTrouble();
  for (let i = 0; i < 5; i += 1) trouble.reply(answered(), 2000, i);
  assert.equal(trouble.kind(10), "slow");
  assert.equal(trouble.kind(20_000), null);
});

test("a connection that is lost for long is gone, until it is open again", () => {
  const trouble = new ServerTrouble();
  trouble.connection("connecting", 0);
  assert.equal(trouble.kind(60_000), null);
  trouble.connection("lost", 60_000);
  assert.equal(trouble.kind(61_000), null);
  trouble.connection("refused", 62_000);
  assert.equal(trouble.kind(63_000), "gone");
  trouble.connection("open", 64_000);
  assert.equal(trouble.kind(70_000), null);
});
