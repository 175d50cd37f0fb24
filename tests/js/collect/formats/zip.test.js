import assert from "node:assert/strict";
import { test } from "node:test";
import { strToU8, zipSync } from "../../../../static/vendor/fflate.js";
import { exportZip } from "../../../../static/js/collect/formats/export_zip.js";
import { fileNames, sittingsOf } from "../../../../static/js/collect/formats/file_names.js";
import { readLabels, sortNames } from "../../../../static/js/collect/formats/read_labels.js";
import { usableBoxes } from "../../../../static/js/collect/formats/raw_labels.js";
import { openZip } from "../../../../static/js/collect/formats/read_zip.js";
import { LIMITS } from "../../../../static/js/collect/formats/zip_limits.js";
import { picture } from "../pictures.js";

const collection = {
  pictures: [picture("a", ["with_mask"]), picture("b", ["with_mask"], { sitting: 2 }), picture("c", ["without_mask", "with_mask"]), picture("left out", ["with_mask"], { leftOut: true }), picture("no box")],
  jpeg: async (id) => new Blob([`jpeg ${id}`]),
};
const JPEGS = ["sitting-1/with_mask-0001.jpg", "sitting-2/with_mask-0001.jpg", "sitting-1/mixed-0001.jpg"];

async function read(zip) {
  const { names, files } = await openZip(zip);
  const contents = new Map();
  for await (const [name, bytes] of files(names)) contents.set(name, new TextDecoder().decode(bytes));
  return contents;
}

for (const format of ["labelme", "coco", "yolo"]) {
  test(`a ZIP of ${format} comes back in`, async () => {
    const done = [];
    const contents = await read(await exportZip(collection, format, (...progress) => done.push(progress)));
    assert.deepEqual(done, [[0, 3], [1, 3], [2, 3]]);
    const { pictures, labelFiles } = sortNames([...contents.keys()]);
    assert.deepEqual(pictures, JPEGS);
    assert.match(contents.get("README.md"), /split .* --percentages 50 50 0\n/);
    assert.equal(contents.get(JPEGS[1]), "jpeg b");
    const { labels, problems } = readLabels(pictures, new Map(labelFiles.map((name) => [name, contents.get(name)])));
    assert.deepEqual(problems, []);
    assert.deepEqual([...labels.keys()].sort(), [...JPEGS].sort());
    assert.deepEqual(usableBoxes(labels.get(JPEGS[2]), { width: 640, height: 480 }).boxes.map(({ label }) => label), ["without_mask", "with_mask"]);
  });
}

test("a picture that the browser has lost ends the export in words", async () => {
  await assert.rejects(exportZip({ ...collection, jpeg: async () => undefined }), /has lost a picture/);
});

test("sittings: our own folders keep their number, others are new ones", () => {
  assert.equal(fileNames(collection.pictures).get("c"), JPEGS[2]);
  const names = ["a.jpg", "x/sitting-2/b.jpg", "monday/c.jpg", "monday/d.jpg", "tuesday/e.jpg"];
  assert.deepEqual([...sittingsOf(names, { current: 1, last: 4 }).values()], [1, 2, 5, 5, 6]);
});

const zipped = (files) => new Blob([zipSync(files)]);

test("hostile and broken ZIPs get one sentence each", async () => {
  const one = strToU8("x");
  const cases = [
    [zipped({ "../up.jpg": one }), LIMITS, /outside of its folder \(“\.\.\/up\.jpg”\)/],
    [zipped({ "a/../../up.jpg": one }), LIMITS, /outside of its folder/],
    [zipped({ "/etc/passwd.jpg": one }), LIMITS, /outside of its folder/],
    [zipped({ "C:\\up.jpg": one }), LIMITS, /outside of its folder/],
    [zipped({ "bomb.jpg": new Uint8Array(3_000_000) }), LIMITS, /over 200 times its size/],
    [zipped({ a: one, b: one, c: one }), { ...LIMITS, entries: 2 }, /more than 2 files/],
    [zipped({ a: new Uint8Array(600), b: new Uint8Array(600) }), { ...LIMITS, unpacked_bytes: 1000 }, /unpacks to more than/],
    [zipped({ a: one }), { ...LIMITS, zip_bytes: 10 }, /The limit is/],
    [new Blob([strToU8("no zip at all")]), LIMITS, /damaged or not a ZIP/],
    [new Blob([]), LIMITS, /damaged or not a ZIP/],
  ];
  for (const [blob, limits, message] of cases) {
    await assert.rejects(openZip(blob, limits), (error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^[A-Z][^\n]*\.$/);
      return true;
    });
  }
});

test("a size that lies unpacks no more than it says", async () => {
  const bytes = zipSync({ "a.jpg": new Uint8Array(900_000) });
  const directory = new DataView(bytes.buffer, bytes.length - 22).getUint32(16, true);
  new DataView(bytes.buffer).setUint32(directory + 24, 10, true);
  const { names, files } = await openZip(new Blob([bytes]));
  for await (const [, content] of files(names)) assert.ok(content.length <= 10);
});

test("labels of foreign ZIPs: their folders, their order, and what is wrong with them", () => {
  const names = ["images/a.jpg", "images/b.png", "c.jpg", "c.png", "__MACOSX/a.jpg", "preview.jpg", "._d.jpg", "voc/a.xml"];
  const { pictures, labelFiles, voc } = sortNames([...names, "labels/a.txt", "classes.txt"]);
  assert.deepEqual([pictures, labelFiles, voc], [names.slice(0, 4), ["labels/a.txt", "classes.txt"], ["voc/a.xml"]]);
  const texts = { "labels/a.txt": "1 .5 .5 .2 .2", "classes.txt": "mask\nbare\n", "c.json": JSON.stringify({ shapes: [], imagePath: "c.png" }), "lost.json": '{"shapes": []}', "other.json": "[]", "broken.json": "{" };
  const { labels, problems } = readLabels(pictures, new Map(Object.entries(texts)));
  assert.equal(labels.get("images/a.jpg").faces[0].name, "bare");
  assert.deepEqual([...labels.keys()].sort(), ["c.jpg", "c.png", "images/a.jpg", "images/b.png"]);
  assert.equal(problems.length, 3);
  const coco = { images: [{ id: 1, file_name: "a.jpg" }, { id: 2, file_name: "gone.jpg" }], annotations: [], categories: [] };
  const other = readLabels(["images/a.jpg"], new Map([["annotations.json", JSON.stringify(coco)]]));
  assert.deepEqual([[...other.labels.keys()], other.problems.length], [["images/a.jpg"], 1]);
});
