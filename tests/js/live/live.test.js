import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Announcer } from "../../../static/js/shared/announcer.js";
import { CAMERA_WORDS, cameraState, cameraSupport } from "../../../static/js/shared/camera_states.js";
import { pageConfig } from "../../../static/js/shared/config.js";
import { Rolling } from "../../../static/js/live/rolling_stats.js";
import { statusLine } from "../../../static/js/live/status_line.js";

test("every error of getUserMedia becomes a state that has words", () => {
  for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError", "SecurityError", "AbortError", "Odd"]) {
    assert.ok(CAMERA_WORDS[cameraState(name)].text, name);
  }
  assert.equal(cameraState("NotAllowedError"), "denied");
  assert.equal(cameraState("NotReadableError"), "busy");
});

test("an insecure address is told before anything else", () => {
  assert.equal(cameraSupport({ isSecureContext: false, hasMediaDevices: false }), "insecure");
  assert.equal(cameraSupport({ isSecureContext: true, hasMediaDevices: false }), "unsupported");
  assert.equal(cameraSupport({ isSecureContext: true, hasMediaDevices: true }), "idle");
});

test("the line says the first thing that matters", () => {
  const now = { running: true, hidden: false, connection: "open", problem: null, faces: [] };
  assert.equal(statusLine(now), "No face in view");
  assert.equal(statusLine({ ...now, faces: null }), "Looking…");
  assert.equal(statusLine({ ...now, problem: "Please send smaller ones." }), "Please send smaller ones.");
  assert.match(statusLine({ ...now, connection: "lost", problem: "x" }), /connection is lost/);
  assert.match(statusLine({ ...now, connection: "restarting" }), /restarting/);
  assert.match(statusLine({ ...now, connection: "lost", hidden: true }), /Paused/);
  assert.equal(statusLine({ ...now, running: false }), "");
});

test("a screen reader hears changes only, now and then, and the newest", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const spoken = [];
  const announcer = new Announcer({ set textContent(text) { spoken.push(text); } }, 1000);
  for (const text of ["one", "two", "three"]) announcer.say(text);
  assert.deepEqual(spoken, ["one"]);
  mock.timers.tick(1000);
  assert.deepEqual(spoken, ["one", "three"]);
  announcer.say("three");
  mock.timers.tick(5000);
  assert.deepEqual(spoken, ["one", "three"]);
  announcer.say("four");
  assert.deepEqual(spoken, ["one", "three", "four"]);
  mock.timers.reset();
});

test("figures forget what is long ago", () => {
  const rolling = new Rolling(2000);
  assert.equal(rolling.mean(0), null);
  for (const [t, value] of [[0, 10], [500, 20], [1000, 30]]) rolling.add(t, value);
  assert.equal(rolling.rate(1000), 1.5);
  assert.equal(rolling.mean(2400), 25);
  assert.equal(rolling.rate(9000), 0);
});

test("numbers of the page's settings are numbers", () => {
  assert.deepEqual(pageConfig({ liveMaxPx: "2100000", url: "/api", empty: "" }), { liveMaxPx: 2_100_000, url: "/api", empty: "" });
});
