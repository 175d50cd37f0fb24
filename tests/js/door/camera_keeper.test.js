import assert from "node:assert/strict";
import { test } from "node:test";
import { CameraKeeper } from "../../../static/js/door/camera_keeper.js";
import { CameraError } from "../../../static/js/shared/camera/camera.js";

/** A camera whose stream can end. */
function fakeStream() {
  const track = Object.assign(new EventTarget(), { stopped: false, stop: () => (track.stopped = true) });
  return { track, getTracks: () => [track], getVideoTracks: () => [track] };
}

/** A keeper of cameras that fail with these states, one after the other, and then work. */
function keeper(...failures) {
  const asked = [];
  const streams = [];
  const clock = { now_ms: 0 };
  const open = async ({ deviceId }) => {
    asked.push(deviceId);
    if (failures.length) throw new CameraError(failures.shift());
    streams.push(fakeStream());
    return streams.at(-1);
  };
  const camera = new CameraKeeper(open, () => clock.now_ms);
  const states = [];
  camera.addEventListener("state", ({ detail }) => states.push(detail));
  /** Let a second pass, and more of them. */
  const pass = async (seconds, visible = true) => {
    for (let s = 0; s < seconds; s += 1) {
      clock.now_ms += 1000;
      camera.tick(visible);
      await settled();
    }
  };
  return { camera, asked, streams, states, pass };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("a camera opens, and closes when it is stopped", async () => {
  const { camera, streams, states, pass } = keeper();
  await camera.start("front");
  assert.deepEqual(states, ["asking", "live"]);
  camera.stop();
  assert.equal(streams[0].track.stopped, true);
  assert.equal(camera.state, "idle");
  await pass(60);
  assert.equal(streams.length, 1);
});

test("a camera in use is opened again after longer and longer waits, and the prompt stays until it works", async () => {
  const { camera, states, asked, pass } = keeper("busy", "busy", "busy");
  await camera.start("");
  assert.equal(camera.retries, true);
  await pass(13);
  assert.equal(asked.length, 3);
  await pass(2);
  assert.deepEqual(states, ["asking", "busy", "busy", "busy", "live"]);
});

test("an unplugged camera comes back, or another one takes its place", async () => {
  const { camera, streams, states, asked, pass } = keeper();
  await camera.start("front");
  streams[0].track.dispatchEvent(new Event("ended"));
  assert.equal(camera.state, "ended");
  await pass(3);
  assert.deepEqual(states, ["asking", "live", "ended", "live"]);
  assert.deepEqual(asked, ["front", "front"]);
  const gone = keeper("missing");
  await gone.camera.start("front");
  await gone.pass(3);
  assert.deepEqual(gone.asked, ["front", ""]);
});

test("a camera that gives no frames is opened again, but not while the page is hidden", async () => {
  const { camera, streams, pass } = keeper();
  await camera.start("");
  camera.frame();
  await pass(30, false);
  await pass(9);
  assert.equal(camera.state, "live");
  await pass(2);
  assert.equal(camera.state, "ended");
  assert.equal(streams[0].track.stopped, true);
  await pass(3);
  assert.equal(camera.state, "live");
});

test("a blocked camera waits for the visitor, or for its permission", async () => {
  const { camera, asked, pass } = keeper("denied");
  await camera.start("");
  assert.equal(camera.retries, false);
  await pass(100);
  assert.equal(asked.length, 1);
  camera.retryNow();
  await settled();
  assert.equal(camera.state, "live");
});

test("a camera that opens after the stop is closed", async () => {
  const { camera, streams } = keeper();
  const opening = camera.start("");
  camera.stop();
  await opening;
  assert.equal(streams[0].track.stopped, true);
  assert.equal(camera.state, "idle");
});
