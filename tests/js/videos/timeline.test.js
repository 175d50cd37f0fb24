import assert from "node:assert/strict";
import { test } from "node:test";
import { lanePath, lanes, momentWords, parseDetections, timelineWords } from "../../../static/js/videos/timeline.js";

const line = (time_s, ...labels) => JSON.stringify({ frame: 0, time_s, faces: labels.map((label) => ({ label, label_score: 0.9 })) });

test("lines become counts; a broken end of file is no line", () => {
  const frames = parseDetections(`${line(0)}\n${line(0.5, "with_mask", "with_mask")}\n\n`);
  assert.equal(frames.length, 2);
  assert.equal(frames[1].counts.with_mask, 2);
});

test("each span shows the most faces at once, and a gap shows the frame before", () => {
  const frames = parseDetections([line(0, "with_mask"), line(1, "without_mask", "without_mask"), line(3)].join("\n"));
  const { byState, most } = lanes(frames, 4, 4);
  assert.deepEqual(byState.with_mask, [1, 0, 0, 0]);
  assert.deepEqual(byState.without_mask, [0, 2, 2, 0]);
  assert.equal(most, 2);
});

test("more spans than frames leave no gaps", () => {
  const frames = parseDetections([0, 1, 2, 3].map((t) => line(t, "with_mask")).join("\n"));
  assert.deepEqual(lanes(frames, 4, 16).byState.with_mask, new Array(16).fill(1));
});

test("a film without frames or with times beyond its end", () => {
  assert.deepEqual(lanes([], 1, 2).byState.with_mask, [0, 0]);
  assert.deepEqual(lanes(parseDetections(line(9, "with_mask")), 1, 2).byState.with_mask, [0, 1]);
});

test("a lane stands on its floor", () => {
  assert.equal(lanePath([0, 1, 2], 2), "M0 1V1H1V0.55H2V0.1H3V1Z");
});

test("a moment in words", () => {
  const frames = parseDetections([line(0), line(1, "with_mask"), line(62, "with_mask", "without_mask")].join("\n"));
  assert.equal(momentWords(frames, 0.5, 65), "0:00 of 1:05. No face in view");
  assert.equal(momentWords(frames, 61, 65), "1:01 of 1:05. 1 face: with a mask");
  assert.equal(momentWords(frames, 65, 65), "1:05 of 1:05. 2 faces: 1\u00a0with a mask, 1\u00a0without");
  assert.equal(momentWords([], 0, 1), "0:00 of 0:01");
});

test("a face below 60 % counts as not sure, along its track until 66 %", () => {
  const film = [0.9, 0.59, 0.64, 0.66].map((label_score, i) =>
    JSON.stringify({ time_s: i / 10, faces: [{ label: "with_mask", label_score, track_id: 1 }] }),
  );
  const frames = parseDetections(film.join("\n"));
  assert.deepEqual(frames.map(({ counts }) => counts.not_sure), [0, 1, 1, 0]);
  assert.deepEqual(frames.map(({ counts }) => counts.with_mask), [1, 0, 0, 1]);
  assert.deepEqual(lanes(frames, 0.4, 4).byState.not_sure, [0, 1, 1, 0]);
  assert.equal(timelineWords(frames), "Faces in 4 of 4 frames: Mask in 2, Not sure in 2.");
});

test("the plot in words", () => {
  assert.equal(timelineWords(parseDetections(line(0))), "No faces in this film.");
  assert.equal(
    timelineWords(parseDetections([line(0, "with_mask", "without_mask"), line(1, "with_mask"), line(2)].join("\n"))),
    "Faces in 2 of 3 frames: Mask in 2, No mask in 1.",
  );
});
