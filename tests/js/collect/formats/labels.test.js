import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cocoJson, readCoco } from "../../../../static/js/collect/formats/coco.js";
import { labelNamed } from "../../../../static/js/collect/formats/label_names.js";
import { labelmeJson, readLabelme } from "../../../../static/js/collect/formats/labelme.js";
import { usableBoxes } from "../../../../static/js/collect/formats/raw_labels.js";
import { readYolo, yoloText } from "../../../../static/js/collect/formats/yolo.js";
import { LABELS } from "../../../../static/js/shared/faces/face_states.js";
import { picture } from "../pictures.js";

const three = picture("a", [...LABELS], { checked: true });
const SIZE = { width: three.width, height: three.height };
const nearly = (boxes) => boxes.map((box) => ({ ...box, ...Object.fromEntries(["x", "y", "w", "h"].map((side) => [side, Math.round(box[side])])) }));

test("each format gives back what was written", () => {
  const coco = readCoco(JSON.parse(JSON.stringify(cocoJson([{ name: "s/a.jpg", session: "s", picture: three }]))));
  const readings = [readLabelme(JSON.parse(JSON.stringify(labelmeJson(three, "a.jpg")))), coco.get("s/a.jpg"), readYolo(yoloText(three), [...LABELS])];
  for (const labels of readings) {
    assert.deepEqual(usableBoxes(labels, SIZE).problems, []);
    assert.deepEqual(nearly(usableBoxes(labels, SIZE).boxes), nearly(three.boxes));
  }
  assert.deepEqual(usableBoxes(readings[0], SIZE).boxes, three.boxes);
});

test("labelme's own shapes: circles, polygons, corners in any order, shapes without a place", () => {
  const { faces, unreadable, checked } = readLabelme({
    shapes: [
      { label: "mask", points: [[50, 60], [10, 20]] },
      { label: "mask", points: [[50, 50], [53, 54]], shape_type: "circle" },
      { label: "No-Mask", points: [[1, 2], [9, 3], [4, 8]], shape_type: "polygon" },
      { label: "", points: [[1, 2], [3, 4]] },
      { label: "mask", points: [["x", 2]] },
      null,
    ],
  });
  assert.deepEqual(faces.map(({ corners }) => corners), [[10, 20, 50, 60], [45, 45, 55, 55], [1, 2, 9, 8]]);
  assert.deepEqual([unreadable, checked], [3, true]);
});

test("COCO: crowds are left out, annotations without a box are counted", () => {
  const labels = readCoco({
    images: [{ id: 7, file_name: "a.jpg", width: 0, height: 0 }],
    categories: [{ id: 3, name: "mask" }],
    annotations: [{ image_id: 7, category_id: 3, bbox: [1, 2, 10, 20] }, { image_id: 7, category_id: 3, bbox: [1, 2, 3, 4], iscrowd: 1 }, { image_id: 7, category_id: 4, bbox: [1, 2, 3, 4] }, { image_id: 8 }, null],
  });
  assert.deepEqual([...labels], [["a.jpg", { faces: [{ name: "mask", corners: [1, 2, 11, 22] }], size: null, unreadable: 1 }]]);
});

test("YOLO: scores, outlines, unknown classes", () => {
  const { faces, unreadable } = readYolo("0 0.5 0.5 0.2 0.4 0.98\n1 0 0 0.5 0 0.5 0.5\n\n9 0.5 0.5 1 1\nface 1 2 3 4\n0 1 2\n", ["mask", "no mask"]);
  assert.deepEqual(faces.map(({ name, corners }) => [name, ...corners]), [["mask", 0.4, 0.3, 0.6, 0.7], ["no mask", 0, 0, 0.5, 0.5]]);
  assert.equal(unreadable, 3);
  assert.equal(readYolo("2 0.5 0.5 1 1", []).faces[0].name, "2");
});

test("boxes that cannot be used get a sentence each", () => {
  const face = (name, corners) => ({ name, corners });
  const { boxes, problems } = usableBoxes(
    { faces: [face("hat", [0, 0, 9, 9]), face("mask", [5, 5, 5, 9]), face("mask", [700, 0, 800, 9]), face("mask", [-30, 0, 20, 20]), face("mask", [NaN, 0, 1, 1])], size: SIZE, unreadable: 1 },
    SIZE,
  );
  assert.deepEqual(boxes, [{ x: 0, y: 0, w: 20, h: 20, label: "with_mask" }]);
  assert.equal(problems.length, 6);
  for (const word of ["hat", "no size", "outside", "cut at the edge", "no numbers", "no label or no place"]) assert.ok(problems.some((problem) => problem.includes(word)), word);
});

test("boxes follow a picture that was enlarged or reduced, and no other", () => {
  const labels = { faces: [{ name: "mask", corners: [10, 10, 20, 20] }], size: { width: 320, height: 240 }, unreadable: 0 };
  assert.deepEqual(usableBoxes(labels, SIZE).boxes[0], { x: 20, y: 20, w: 20, h: 20, label: "with_mask" });
  assert.match(usableBoxes(labels, { width: 480, height: 640 }).problems[0], /labelled at 320 × 240/);
});

test("the names are those of `python -m model_training label`", () => {
  const source = readFileSync(new URL("../../../../model_training/data/formats/label_names.py", import.meta.url), "utf8");
  const listed = source.match(/USUAL_NAMES = \{(.*?)IGNORE:/s)[1];
  const names = [...listed.matchAll(/"([^"]+)"/g)].flatMap(([, text]) => text.trim().split(" "));
  assert.ok(names.length > 20);
  for (const name of names) assert.ok(LABELS.includes(labelNamed(name)), name);
  assert.equal(labelNamed("Face With-Mask"), "with_mask");
  assert.equal(labelNamed("ignore"), undefined);
});
