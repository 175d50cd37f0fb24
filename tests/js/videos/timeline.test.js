import assert from "node:assert/strict";
import { test } from "node:test";
import { lanes, parseDetections, positionText, timeParts, timelineText } from "../../../static/js/videos/timeline.js";
import { lanePath } from "../../../static/js/shared/lanes.js";

const line = (time_s, ...labels) => JSON.stringify({ frame: 0, time_s, faces: labels.map((label) => ({ label, label_score: 0.9 })) });

test("lines become counts; empty lines are skipped", () => {
  const frames = parseDetections(`${line(0)}\n${line(0.5, "with_mask", "with_mask")}\n\n`);
  assert.equal(frames.length, 2);
  assert.equal(frames[1].counts.with_mask, 2);
});

test("each span shows its maximum of faces, and a gap shows the previous frame", () => {
  const frames = parseDetections([line(0, "with_mask"), line(1, "without_mask", "without_mask"), line(3)].join("\n"));
  const { byState, max } = lanes(frames, 4, 4);
  assert.deepEqual(byState.with_mask, [1, 0, 0, 0]);
  assert.deepEqual(byState.without_mask, [0, 2, 2, 0]);
  assert.equal(max, 2);
});

test("more spans than frames leave no gaps", () => {
  const frames = parseDetections([0, 1, 2, 3].map((t) => line(t, "with_mask")).join("\n"));
  assert.deepEqual(lanes(frames, 4, 16).byState.with_mask, new Array(16).fill(1));
});

test("a video without frames or with times beyond its end", () => {
  assert.deepEqual(lanes([], 1, 2).byState.with_mask, [0, 0]);
  assert.deepEqual(lanes(parseDetections(line(9, "with_mask")), 1, 2).byState.with_mask, [0, 1]);
});

test("the path of a lane", () => {
  assert.equal(lanePath([0, 1, 2], 2), "M0 1V1H1V0.55H2V0.1H3V1Z");
});

test("the text of a position", () => {
  const frames = parseDetections([line(0), line(1, "with_mask"), line(62, "with_mask", "without_mask")].join("\n"));
  assert.equal(positionText(frames, 0.5, 65), "0:00 of 1:05. No face in view");
  assert.equal(positionText(frames, 61, 65), "1:01 of 1:05. 1 face: with a mask");
  assert.equal(positionText(frames, 65, 65), "1:05 of 1:05. 2 faces: 1\u00a0with a mask, 1\u00a0without");
  assert.equal(positionText([], 0, 1), "0:00 of 0:01");
});

test("a face below 60 % counts as not sure, along its track until 66 %", () => {
  const video = [0.9, 0.59, 0.64, 0.66].map((label_score, i) =>
    JSON.stringify({ time_s: i / 10, faces: [{ label: "with_mask", label_score, track_id: 1 }] }),
  );
  const frames = parseDetections(video.join("\n"));
  assert.deepEqual(frames.map(({ counts }) => counts.not_sure), [0, 1, 1, 0]);
  assert.deepEqual(frames.map(({ counts }) => counts.with_mask), [1, 0, 0, 1]);
  assert.deepEqual(lanes(frames, 0.4, 4).byState.not_sure, [0, 1, 1, 0]);
  assert.equal(timelineText(frames), "Faces in 4 of 4 frames: Mask in 2, Not sure in 2.");
});

test("the text of a timeline", () => {
  assert.equal(timelineText(parseDetections(line(0))), "No faces in this video.");
  assert.equal(
    timelineText(parseDetections([line(0, "with_mask", "without_mask"), line(1, "with_mask"), line(2)].join("\n"))),
    "Faces in 2 of 3 frames: Mask in 2, No mask in 1.",
  );
});

test("how much of the time each state is in view", () => {
  const frames = parseDetections([line(0), line(1, "with_mask"), line(2, "with_mask", "without_mask"), line(3, "with_mask")].join("\n"));
  assert.deepEqual(timeParts(frames), [
    { state: "with_mask", text: "Mask 75\u00a0% of the time" },
    { state: "without_mask", text: "No mask 25\u00a0% of the time" },
  ]);
  assert.deepEqual(timeParts(parseDetections(line(0))), []);
});
