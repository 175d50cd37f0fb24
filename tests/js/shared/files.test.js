import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerError, errorSentence } from "../../../static/js/shared/api.js";
import { expiryLine, filmRefusal, isActive, jobLine, lengthRefusal } from "../../../static/js/videos/job_text.js";
import { imageKind, refusal } from "../../../static/js/photos/image_format.js";
import { Turns } from "../../../static/js/shared/task_queue.js";
import { megabytes } from "../../../static/js/shared/text.js";

const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test("pictures are told by their first bytes", () => {
  assert.equal(imageKind(bytes("\xff\xd8\xff\xe0")), "jpeg");
  assert.equal(imageKind(bytes("\x89PNG\r\n\x1a\n")), "png");
  assert.equal(imageKind(bytes("RIFF\0\0\0\0WEBP")), "webp");
  assert.equal(imageKind(bytes("\0\0\0\x18ftypheic")), "heic");
  assert.equal(imageKind(bytes("\0\0\0\x18ftypmp42")), "other");
  assert.equal(imageKind(bytes("")), "other");
});

test("a refusal says what to do next", () => {
  const refuse = (kind, size) => refusal(kind, size, 30e6, "JPEG or PNG", megabytes);
  assert.equal(refuse("jpeg", 1e6), null);
  assert.match(refuse("heic", 1e6), /export this photo as JPEG/);
  assert.match(refuse("other", 1e6), /JPEG or PNG/);
  assert.match(refuse("jpeg", 31e6), /31.MB.*30.MB/);
  assert.equal(filmRefusal({ size: 5 }, 10), null);
  assert.match(filmRefusal({ size: 0 }, 10), /empty/);
  assert.match(filmRefusal({ size: 300e6 }, 200e6), /200.MB is the most/);
  assert.equal(lengthRefusal(600.4, 600), null);
  assert.equal(lengthRefusal(null, 600), null);
  assert.match(lengthRefusal(750, 600), /lasts 12.min 30.s, and 10.min is the most/);
});

test("a job's line", () => {
  const job = { state: "running", progress: 0.421, fps: 24.3, eta_s: 12.2, error: null, skipped_frames: 0 };
  assert.equal(jobLine(job), "42\u00a0% · 24 frames/s · about 12\u00a0s left");
  assert.equal(jobLine({ ...job, fps: null, eta_s: null, progress: 1 }), "99\u00a0%");
  assert.equal(jobLine({ ...job, state: "succeeded" }), "Ready");
  assert.equal(jobLine({ ...job, state: "succeeded", skipped_frames: 1 }), "Ready; 1 frame could not be read");
  assert.equal(jobLine({ ...job, state: "failed", error: { message: "No pictures." } }), "No pictures.");
  assert.ok(jobLine({ ...job, state: "failed" }).length > 10);
  assert.deepEqual(["queued", "running", "succeeded", "failed", "cancelled"].map((state) => isActive({ state })), [true, true, false, false, false]);
});

test("expiry is told, whatever the visitor's clock says", () => {
  assert.equal(expiryLine(4600, 1000, 3600), "Deleted by itself in 1\u00a0h");
  assert.equal(expiryLine(1030, 1000, 3600), "Deleted by itself in less than a minute");
  assert.equal(expiryLine(1e9, 0, 3600), "Deleted by itself in 1\u00a0h");
  assert.equal(expiryLine(0, 1e9, 3600), "Deleted by itself in less than a minute");
});

test("errors become sentences", () => {
  assert.equal(errorSentence('{"error": {"code": "busy", "message": "Please wait."}}', 503), "Please wait.");
  assert.match(errorSentence("<html>", 502), /502/);
  assert.match(errorSentence("", 413), /too large/);
});

test("only what may pass by itself is offered again", () => {
  const passing = (status) => new AnswerError("", status).passing;
  assert.deepEqual([0, 429, 503].map(passing), [true, true, true]);
  assert.deepEqual([400, 413, 415].map(passing), [false, false, false]);
});

test("turns keep order and bounds, and survive a failure", async () => {
  const turns = new Turns(2);
  let running = 0;
  let most = 0;
  const begun = [];
  const task = (name) => async () => {
    begun.push(name);
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    if (name === 2) throw new Error("two");
    return name;
  };
  const results = await Promise.allSettled([1, 2, 3, 4].map((name) => turns.run(task(name))));
  assert.deepEqual(begun, [1, 2, 3, 4]);
  assert.equal(most, 2);
  assert.deepEqual(results.map((result) => result.status), ["fulfilled", "rejected", "fulfilled", "fulfilled"]);
});
