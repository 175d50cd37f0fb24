import assert from "node:assert/strict";
import { test } from "node:test";
import { boxIou, clipBox, nms, scaleBox, squareBox, unmoveEdges } from "../../../../static/js/device/vision/boxes.js";
import { FIXTURES, assertClose } from "../fixtures.js";

const { boxes } = FIXTURES;

test("no boxes", () => {
  assert.deepEqual(nms([], [], 0.5), []);
});

test("overlap, suppression, squares, edges and clipping are those of the core", () => {
  assertClose(boxes.xyxy.map((box) => boxIou(boxes.xyxy[0], box)), boxes.iou_with_first);
  assert.deepEqual(nms(boxes.xyxy, boxes.score, 0.3), boxes.nms);
  assertClose(boxes.xyxy.map((box) => squareBox(box, 0.1)), boxes.square);
  assertClose(boxes.xyxy.map((box) => unmoveEdges(box, boxes.bias)), boxes.unmoved);
  assertClose(boxes.xyxy.map((box) => clipBox(box, { width: 96, height: 64 })), boxes.clipped);
});

test("a box that scores 0 is not kept", () => {
  assert.deepEqual(nms([[0, 0, 5, 5], [10, 10, 15, 15]], [0, 0.5], 0.5), [1]);
});

test("a box is scaled along x and y", () => {
  assert.deepEqual(scaleBox([1, 2, 3, 4], 2, 10), [2, 20, 6, 40]);
});
