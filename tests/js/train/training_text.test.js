import assert from "node:assert/strict";
import { test } from "node:test";
import { cellText, headline, isRight, stageStates, statusText } from "../../../static/js/train/training_text.js";

const running = { state: "running", stage: "train", epoch: { epoch: 2, epochs: 8 }, eta_s: 95 };

test("a training says where it is", () => {
  assert.equal(statusText(running), "Training, epoch 2 of 8, about 1\u00a0min 35\u00a0s of training left");
  assert.equal(statusText({ ...running, eta_s: null }), "Training, epoch 2 of 8");
  assert.equal(statusText({ ...running, epoch: null }), "Training: the network is built…");
  assert.equal(statusText({ ...running, stage: "augment" }), "Make copies…");
  assert.equal(statusText({ state: "running", stage: null }), "Starting…");
  assert.equal(statusText({ state: "failed", error: { message: "There is no picture." } }), "There is no picture.");
});

test("stages before the present one are done", () => {
  const states = stageStates(running);
  assert.deepEqual([states.check, states.augment, states.train, states.evaluate], ["done", "done", "now", "later"]);
  assert.equal(stageStates({ state: "queued", stage: null }).check, "later");
});

const classifier = { rows: ["with_mask", "without_mask"], columns: ["with_mask", "without_mask"], cells: [[[1, 2], [3]], [[], [4]]], faces: 4, right: 3 };
const localizer = { rows: ["a face", "no face"], columns: ["found", "found elsewhere", "not found"], cells: [[[1], [], [2]], [[], [], [3]]], faces: 3, right: 2, mean_iou: 0.612 };

test("the result is a sentence with its numbers", () => {
  assert.match(headline({ task: "classifier", table: classifier }), /^Right label on 3 of 4 faces \(75\u00a0%\)/);
  assert.match(headline({ task: "localizer", table: localizer }), /Right on 2 of 3 pictures \(66\u00a0%\).*overlap yours by 61\u00a0% on average\.$/);
});

test("a cell says what it counts, and whether it is right", () => {
  assert.equal(cellText(classifier, 0, 1), "1 picture: with a mask, called without a mask");
  assert.equal(cellText(localizer, 0, 2), "1 picture: a face, not found");
  assert.equal(cellText(localizer, 0, 0), "1 picture: a face, found");
  assert.deepEqual([isRight(classifier, 0, 0), isRight(classifier, 0, 1)], [true, false]);
  assert.deepEqual([isRight(localizer, 0, 0), isRight(localizer, 0, 2), isRight(localizer, 1, 2), isRight(localizer, 1, 0)], [true, false, true, false]);
});
