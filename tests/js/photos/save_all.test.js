import assert from "node:assert/strict";
import { test } from "node:test";
import { facesCsv, uniqueNames } from "../../../static/js/photos/save_all.js";

test("every face of every photo is a row", () => {
  const face = { number: 2, state: "without_mask", label_score: 0.98765, detection_score: 0.5, box: [1, 2.25, 3, 4] };
  const text = facesCsv([{ name: 'my "best", photo.jpg', faces: [face, { ...face, number: undefined, state: "not_sure" }] }, { name: "empty.jpg", faces: [] }]);
  assert.deepEqual(text.split("\r\n"), [
    "file,face,state,mask_certainty,face_certainty,x1,y1,x2,y2",
    '"my ""best"", photo.jpg",2,No mask,0.9877,0.5000,1.0,2.3,3.0,4.0',
    '"my ""best"", photo.jpg",1,Not sure,0.9877,0.5000,1.0,2.3,3.0,4.0',
    "",
  ]);
});

test("files of one name get numbers", () => {
  assert.deepEqual(uniqueNames(["a", "b", "a", "a"], "png"), ["a.png", "b.png", "a (2).png", "a (3).png"]);
});
