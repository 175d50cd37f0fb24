import assert from "node:assert/strict";
import { test } from "node:test";
import { DeviceDetector } from "../../../static/js/device/device_detector.js";

/** A worker that notes what it is sent, and answers when the test says so. */
class FakeWorker extends EventTarget {
  static newest;
  sent = [];
  terminated = false;

  constructor() {
    super();
    FakeWorker.newest = this;
  }

  postMessage(message) {
    this.sent.push(message);
  }

  answer(values = {}) {
    this.dispatchEvent(new MessageEvent("message", { data: { kind: "done", id: this.sent.at(-1).id, ...values } }));
  }

  terminate() {
    this.terminated = true;
  }
}

Object.assign(globalThis, { isSecureContext: true, Worker: FakeWorker, OffscreenCanvas: class {}, document: { baseURI: "https://mirror.test/" } });

const MODELS = { classifier: false, wide: false };

test("models may take minutes to load, on a slow link", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const detector = new DeviceDetector("device.json");
  const opened = detector.open("stream", MODELS);
  t.mock.timers.tick(4 * 60_000);
  FakeWorker.newest.answer({ model: { name: "small" }, noRoom: false });
  assert.deepEqual((await opened).model, { name: "small" });
  assert.ok(detector.ready);
});

test("a worker that never answers is ended", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const detector = new DeviceDetector("device.json");
  const opened = detector.open("stream", MODELS);
  t.mock.timers.tick(10 * 60_000);
  await assert.rejects(opened, /stopped unexpectedly/);
  assert.ok(FakeWorker.newest.terminated);
});

test("a frame that is not answered for a minute tells that the device has failed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const detector = new DeviceDetector("device.json");
  const opened = detector.open("stream", MODELS);
  FakeWorker.newest.answer({ model: {}, noRoom: false });
  await opened;
  let failed = null;
  detector.addEventListener("failed", ({ detail }) => (failed = detail));
  const sent = detector.send({ seq: 1 }, {});
  t.mock.timers.tick(60_000);
  assert.equal(await sent, null);
  assert.equal(failed, "crashed");
});
