import assert from "node:assert/strict";
import { test } from "node:test";
import { DeviceError } from "../../../../static/js/device/failures.js";
import { Detection } from "../../../../static/js/live/mirror/detection.js";

/** A connection to a server that notes what happens to it. */
function fakeConnection() {
  return {
    calls: [],
    ready: true,
    open() {
      this.calls.push("open");
    },
    close() {
      this.calls.push("close");
    },
    grab: async () => ({ picture: "jpeg", width: 4, height: 3 }),
    send: async (meta) => ({ seq: meta.seq, faces: ["server"] }),
  };
}

/** A device whose `open` gives or throws what `opens` says. */
function fakeDevice(opens = async () => ({ model: {}, noRoom: false })) {
  const device = Object.assign(new EventTarget(), {
    ready: false,
    restarts: 0,
    open: async () => {
      const opened = await opens();
      device.ready = true;
      return opened;
    },
    restart: () => (device.restarts += 1),
    grab: async () => ({ picture: "bitmap", width: 4, height: 3 }),
    send: async (meta) => ({ seq: meta.seq, faces: ["device"] }),
  });
  return device;
}

function started(connection, device) {
  const detection = new Detection(connection, device);
  detection.open({ classifier: false, wide: false });
  detection.connectionChanged("open");
  return detection;
}

test("by default frames go to the server", async () => {
  const detection = started(fakeConnection(), fakeDevice());
  assert.deepEqual([detection.place, detection.state, detection.ready], ["server", "open", true]);
  const { picture, ...size } = await detection.grab();
  assert.deepEqual([picture.content, size], ["jpeg", { width: 4, height: 3 }]);
  assert.deepEqual(await detection.send({ seq: 1 }, picture), { seq: 1, faces: ["server"] });
  detection.close();
});

test("until the device is ready the server goes on; then the connection is closed and a new stream begins", async () => {
  let finish;
  const [connection, device] = [fakeConnection(), fakeDevice(() => new Promise((resolve) => (finish = resolve)))];
  const detection = started(connection, device);
  const chosen = detection.choose("device");
  assert.deepEqual([detection.place, detection.loading, detection.state], ["server", true, "open"]);
  finish({ model: {}, noRoom: false });
  assert.equal(await chosen, true);
  assert.deepEqual([detection.place, detection.loading, detection.state, detection.message], ["device", false, "open", null]);
  assert.deepEqual(connection.calls, ["open", "close"]);
  assert.equal(device.restarts, 1);
  assert.equal((await detection.grab()).picture.content, "bitmap");
  detection.close();
});

test("a device that fails to start leaves the server, and says why", async () => {
  const detection = started(fakeConnection(), fakeDevice(async () => Promise.reject(new DeviceError("out_of_memory"))));
  assert.equal(await detection.choose("device"), false);
  assert.deepEqual([detection.place, detection.state], ["server", "open"]);
  assert.match(detection.message, /not enough memory.*go to the server/);
  detection.close();
});

test("a device that fails while it runs goes back to the server, and says why", async () => {
  const [connection, device] = [fakeConnection(), fakeDevice()];
  const detection = started(connection, device);
  await detection.choose("device");
  device.ready = false;
  device.dispatchEvent(new CustomEvent("failed", { detail: "crashed" }));
  assert.equal(detection.place, "server");
  assert.match(detection.message, /stopped unexpectedly.*go to the server/);
  assert.deepEqual(connection.calls, ["open", "close", "open"]);
  detection.close();
});

test("without a server a failure is final", async () => {
  const device = fakeDevice(async () => Promise.reject(new DeviceError("no_wasm")));
  const detection = new Detection(null, device);
  assert.equal(detection.place, "device");
  detection.open();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(detection.state, "failed");
  assert.match(detection.message, /WebAssembly.*Reload this page/);
});

test("a choice that a later one replaced has no effect", async () => {
  let finish;
  const device = fakeDevice(() => new Promise((resolve) => (finish = resolve)));
  const detection = started(fakeConnection(), device);
  const chosen = detection.choose("device");
  await detection.choose("server");
  finish({ model: {}, noRoom: false });
  assert.equal(await chosen, false);
  assert.equal(detection.place, "server");
  detection.close();
});

test("a late reply of the place that was left is dropped", async () => {
  let reply;
  const connection = { ...fakeConnection(), send: () => new Promise((resolve) => (reply = resolve)) };
  const detection = started(connection, fakeDevice());
  const { picture } = await detection.grab();
  const sent = detection.send({ seq: 1 }, picture);
  await detection.choose("device");
  reply({ seq: 1, faces: [] });
  assert.equal(await sent, null);
  assert.equal(await detection.send({ seq: 2 }, picture), null, "a JPEG went to the device");
  detection.close();
});

test("models that the browser cannot keep are told", async () => {
  const detection = started(fakeConnection(), fakeDevice(async () => ({ model: {}, noRoom: true })));
  await detection.choose("device");
  assert.equal(detection.place, "device");
  assert.match(detection.message, /no room to keep/);
  detection.close();
});

test("a device that was still loading when the mirror stopped is the place of the next start", async () => {
  let finish;
  const [connection, device] = [fakeConnection(), fakeDevice(() => new Promise((resolve) => (finish = resolve)))];
  const detection = new Detection(connection, device);
  const chosen = detection.choose("device");
  // Start of the mirror: it stops what may run, then opens.
  detection.close();
  assert.deepEqual([detection.place, detection.loading], ["device", false]);
  finish({ model: {}, noRoom: false });
  await chosen;
  detection.open({ classifier: false, wide: false });
  finish({ model: {}, noRoom: false });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([detection.place, detection.state], ["device", "open"]);
  assert.ok(!connection.calls.includes("open"), "no frame goes to the server");
  detection.close();
});

test("a place whose models are not being loaded stays as it is when the mirror stops", async () => {
  const connection = fakeConnection();
  const detection = started(connection, fakeDevice());
  detection.close();
  assert.equal(detection.place, "server");
  detection.open({ classifier: false, wide: false });
  assert.deepEqual(connection.calls, ["open", "close", "open"]);
  detection.close();
});
