import assert from "node:assert/strict";
import { test } from "node:test";
import { strFromU8, unzipSync } from "../../../../static/vendor/fflate.js";
import { zipOf } from "../../../../static/js/shared/files/zip.js";

async function* files() {
  yield { name: "faces.csv", input: "a,b" };
  yield { name: "Größe/my picture.jpg", input: new Blob([new Uint8Array([255, 216, 0])]) };
}

test("a ZIP has its files, names beyond ASCII too", async () => {
  const zip = unzipSync(new Uint8Array(await (await zipOf(files())).arrayBuffer()));
  assert.deepEqual(Object.keys(zip), ["faces.csv", "Größe/my picture.jpg"]);
  assert.equal(strFromU8(zip["faces.csv"]), "a,b");
  assert.deepEqual([...zip["Größe/my picture.jpg"]], [255, 216, 0]);
});

test("a file that cannot be read ends it", async () => {
  const broken = async function* () {
    throw new Error("gone");
  };
  await assert.rejects(zipOf(broken()), /gone/);
});
