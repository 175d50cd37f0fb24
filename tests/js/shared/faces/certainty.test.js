import assert from "node:assert/strict";
import { test } from "node:test";
import { faceState, followStates, withStates } from "../../../../static/js/shared/faces/certainty.js";

const face = (label_score, track_id = 1, label = "with_mask") => ({ label, label_score, track_id });

/** The states of one face over frames of `[ms, label_score, track_id]`. */
function statesOver(...frames) {
  let tracks = new Map();
  return frames.map(([now_ms, label_score, track_id = 1]) => {
    const followed = followStates([face(label_score, track_id)], tracks, now_ms);
    tracks = followed.tracks;
    return followed.faces[0].state;
  });
}

test("below 60 % a face is not sure", () => {
  assert.equal(faceState(face(0.5999)), "not_sure");
  assert.equal(faceState(face(0.6)), "with_mask");
  assert.equal(faceState(face(0.3, 1, "mask_worn_incorrectly")), "not_sure");
});

test("a picture's faces keep the server's fields", () => {
  const faces = [face(0.4), face(0.8, 2, "without_mask")];
  assert.deepEqual(withStates(faces), [{ ...faces[0], state: "not_sure" }, { ...faces[1], state: "without_mask" }]);
  assert.ok(!("state" in faces[0]));
});

test("a face stays not sure until 66 %, and keeps its label down to 60 %", () => {
  assert.deepEqual(
    statesOver([0, 0.62], [100, 0.59], [200, 0.62], [300, 0.6599], [400, 0.66], [500, 0.62], [600, 0.6], [700, 0.58]),
    ["with_mask", "not_sure", "not_sure", "not_sure", "with_mask", "with_mask", "with_mask", "not_sure"],
  );
});

test("faces that change their order in the result keep their own history", () => {
  const { tracks } = followStates([face(0.5, 1), face(0.9, 2)], new Map(), 0);
  const { faces } = followStates([face(0.63, 2), face(0.63, 1)], tracks, 50);
  assert.deepEqual(faces.map(({ state }) => state), ["with_mask", "not_sure"]);
});

test("a face keeps its state over a gap of one second, not longer", () => {
  assert.deepEqual(statesOver([0, 0.5], [1000, 0.62]), ["not_sure", "not_sure"]);
  assert.deepEqual(statesOver([0, 0.5], [1001, 0.62]), ["not_sure", "with_mask"]);
  let tracks = new Map();
  for (let id = 1; id <= 1000; id += 1) ({ tracks } = followStates([face(0.5, id)], tracks, id * 100));
  assert.ok(tracks.size <= 11, String(tracks.size));
});

test("faces without a track_id have no history", () => {
  assert.deepEqual(statesOver([0, 0.5, null], [50, 0.62, null]), ["not_sure", "with_mask"]);
  assert.equal(followStates([face(0.5, null), { label: "with_mask", label_score: 0.5 }], new Map(), 0).tracks.size, 0);
});

test("the tracks of the previous frame are not modified", () => {
  const { tracks } = followStates([face(0.5)], new Map(), 0);
  followStates([face(0.9)], tracks, 50);
  assert.deepEqual([...tracks], [[1, { notSure: true, seen_ms: 0 }]]);
});
