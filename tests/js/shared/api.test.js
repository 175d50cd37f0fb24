import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, errorMessage } from "../../../static/js/shared/api.js";

test("every error has a message", () => {
  assert.equal(errorMessage('{"error": {"code": "busy", "message": "Please wait."}}', 503), "Please wait.");
  assert.match(errorMessage("<html>", 502), /502/);
  assert.match(errorMessage("", 413), /too large/);
});

test("only temporary errors are retryable", () => {
  const retryable = (status) => new ApiError("", status).retryable;
  assert.deepEqual([0, 429, 503].map(retryable), [true, true, true]);
  assert.deepEqual([400, 413, 415].map(retryable), [false, false, false]);
});
