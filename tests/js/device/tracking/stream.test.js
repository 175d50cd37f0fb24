import assert from "node:assert/strict";
import { test } from "node:test";
import { facesJson, labelled } from "../../../../static/js/device/vision/detections.js";
import { Stream } from "../../../../static/js/device/tracking/stream.js";
import { Tracker } from "../../../../static/js/device/tracking/tracker.js";
import { FIXTURES, assertClose } from "../fixtures.js";

const OPINION = [0.1, 0.2, 0.7];

const faceAt = (x, label_probs = [0.1, 0.8, 0.1]) => labelled({ xyxy: [x, 10, x + 60, 70], detection_score: 0.9 }, label_probs);

test("boxes, labels, numbers and second opinions along a stream are the core's", async () => {
  const stream = new Stream();
  let asked = 0;
  const verifier = {
    labelProbs: async (_, boxes) => {
      asked += boxes.length;
      return boxes.map(() => OPINION);
    },
  };
  for (const { time_s, faces, shown } of FIXTURES.stream) {
    const seen = faces.map(({ xyxy, label_probs }) => labelled({ xyxy, detection_score: 0.9 }, label_probs));
    const found = await stream.follow({}, seen, time_s, verifier);
    assertClose(facesJson(found, [1, 1], true), shown, 0.011);
  }
  assert.ok(asked > 5);
});

test("without a classifier faces are tracked all the same", async () => {
  const stream = new Stream();
  const [first] = await stream.follow({}, [faceAt(0)], 0, null);
  const [second] = await stream.follow({}, [faceAt(2)], 0.04, null);
  assert.equal(second.track_id, first.track_id);
});

test("a face that was away for more than a second is a new one", async () => {
  const tracker = new Tracker();
  const [first] = await tracker.update([faceAt(0)], 1);
  await tracker.update([], 1.5);
  assert.equal((await tracker.update([faceAt(0)], 1.9))[0].track_id, first.track_id);
  assert.notEqual((await tracker.update([faceAt(0)], 3))[0].track_id, first.track_id);
});

test("memory is bounded for streams of ever new faces", async () => {
  const tracker = new Tracker();
  for (let i = 0; i < 20; i += 1) {
    await tracker.update(Array.from({ length: 50 }, (_, k) => faceAt(1000 * (50 * i + k))), 1 + i / 1000);
  }
  assert.ok(tracker.size <= 256 + 50);
});
