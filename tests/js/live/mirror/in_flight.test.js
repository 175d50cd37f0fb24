import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlight } from "../../../../static/js/live/mirror/in_flight.js";

/** Simulates a camera and a server that answers each frame after a round trip; returns what was sent in the last second. */
function framesPerSecond(roundTrip_ms, cameraFps, seconds = 5) {
  const inFlight = new InFlight();
  const onTheWay = [];
  let sent = 0;
  for (let frame = 0; frame < seconds * cameraFps; frame++) {
    const now_ms = (frame * 1000) / cameraFps;
    while (onTheWay.length && onTheWay[0].back_ms <= now_ms) {
      const { seq, back_ms } = onTheWay.shift();
      inFlight.end(seq, back_ms);
    }
    const seq = inFlight.begin(now_ms);
    if (seq === null) continue;
    onTheWay.push({ seq, back_ms: now_ms + roundTrip_ms });
    if (now_ms >= (seconds - 1) * 1000) sent++;
  }
  return sent;
}

test("at first two frames are in flight", () => {
  const inFlight = new InFlight();
  assert.equal(inFlight.begin(0), 1);
  assert.equal(inFlight.begin(33), 2);
  assert.equal(inFlight.begin(66), null);
  inFlight.end(1, 80);
  assert.equal(inFlight.begin(100), 3);
  assert.equal(inFlight.size, 2);
});

test("ending a frame twice frees one place only", () => {
  const inFlight = new InFlight();
  const seq = inFlight.begin(0);
  inFlight.begin(33);
  inFlight.end(seq, 40);
  inFlight.end(seq, 41);
  assert.equal(inFlight.begin(66), 3);
  assert.equal(inFlight.begin(100), null);
});

for (const [roundTrip_ms, fps] of [[10, 30], [50, 30], [92, 30], [92, 25], [45, 60]])
  test(`${roundTrip_ms} ms away, every frame of a camera with ${fps} a second is sent`, () => {
    assert.equal(framesPerSecond(roundTrip_ms, fps), fps);
  });

test("no more than four are in flight, however long the way", () => {
  assert.equal(framesPerSecond(1000, 30), 4);
});

test("answers that waited on the server do not widen the window", () => {
  const inFlight = new InFlight();
  let now_ms = 0;
  for (let i = 0; i < 60; i++) {
    const seq = inFlight.begin(now_ms);
    inFlight.end(seq, now_ms + (i % 10 ? 300 : 15));
    now_ms += 33;
  }
  assert.equal(inFlight.limit(now_ms), 2);
});

test("a result that comes after a newer one is outdated", () => {
  const inFlight = new InFlight();
  assert.ok(inFlight.isNewest(2));
  assert.ok(!inFlight.isNewest(1));
  assert.ok(!inFlight.isNewest(2));
  assert.ok(inFlight.isNewest(3));
});
