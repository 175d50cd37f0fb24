import assert from "node:assert/strict";
import { test } from "node:test";
import { durationRejection, expiryText, isActive, jobStatus, sizeRejection } from "../../../static/js/videos/job_text.js";

test("a rejection says what to do next", () => {
  assert.equal(sizeRejection({ size: 5 }, 10), null);
  assert.match(sizeRejection({ size: 0 }, 10), /empty/);
  assert.match(sizeRejection({ size: 300e6 }, 200e6), /has 300.MB\. The limit is 200.MB/);
  assert.equal(durationRejection(600.4, 600), null);
  assert.equal(durationRejection(null, 600), null);
  assert.match(durationRejection(750, 600), /is 12.min 30.s long\. The limit is 10.min/);
});

test("the status of a job", () => {
  const job = { state: "running", progress: 0.421, fps: 24.3, eta_s: 12.2, error: null, skipped_frames: 0 };
  assert.equal(jobStatus(job), "42\u00a0% · 24 frames/s · about 12\u00a0s left");
  assert.equal(jobStatus({ ...job, fps: null, eta_s: null, progress: 1 }), "99\u00a0%");
  assert.equal(jobStatus({ ...job, state: "uploading", size_bytes: 20e6 }), "Uploading: 42\u00a0% of 20\u00a0MB. If it has stopped, choose the same file again.");
  assert.equal(jobStatus({ ...job, state: "succeeded" }), "Ready");
  assert.equal(jobStatus({ ...job, state: "succeeded", frames_done: 660, skipped_frames: 1 }), "Ready; 1 of 661 frames could not be read");
  assert.equal(jobStatus({ ...job, state: "succeeded", frames_done: 2, skipped_frames: 659 }), "Only 2 of 661 frames of this video could be read");
  assert.equal(jobStatus({ ...job, state: "failed", error: { message: "No pictures." } }), "No pictures.");
  assert.ok(jobStatus({ ...job, state: "failed" }).length > 10);
  assert.deepEqual(["uploading", "queued", "running", "succeeded", "failed", "cancelled"].map((state) => isActive({ state })), [true, true, true, false, false, false]);
});

test("the expiry is limited, even if the visitor's clock is wrong", () => {
  assert.equal(expiryText(4600, 1000, 3600), "Deletes automatically in 1\u00a0h");
  assert.equal(expiryText(1030, 1000, 3600), "Deletes automatically in less than a minute");
  assert.equal(expiryText(1e9, 0, 3600), "Deletes automatically in 1\u00a0h");
  assert.equal(expiryText(0, 1e9, 3600), "Deletes automatically in less than a minute");
});
