import assert from "node:assert/strict";
import { test } from "node:test";
import { statusLine } from "../../../static/js/live/status_line.js";

test("the first condition that applies is shown", () => {
  const page = { running: true, hidden: false, connection: "open", problem: null, faces: [] };
  assert.equal(statusLine(page), "No face in view");
  assert.equal(statusLine({ ...page, faces: null }), "Detecting…");
  assert.equal(statusLine({ ...page, problem: "Please send smaller ones." }), "Please send smaller ones.");
  assert.match(statusLine({ ...page, connection: "lost", problem: "x" }), /connection was lost\. Reconnecting/);
  assert.match(statusLine({ ...page, connection: "restarting" }), /restarting/);
  assert.match(statusLine({ ...page, connection: "lost", hidden: true }), /Paused/);
  assert.equal(statusLine({ ...page, running: false }), "");
});
